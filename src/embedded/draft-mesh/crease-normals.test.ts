import { expect, test } from 'bun:test';
import { type CreaseOptions, creaseNormals, faceNormals } from './crease-normals.ts';
import type { Mesh } from './shell.ts';

/** Each corner's group and normal. */
function looks(mesh: Mesh, options: CreaseOptions): { group: number; normal: number[] }[] {
  const { groups, normals } = creaseNormals(mesh, faceNormals(mesh), options);
  return Array.from(groups, (group, n) => ({ group, normal: [...normals.subarray(n * 3, n * 3 + 3)] }));
}

/** A cube of side 2 around the origin, twelve triangles. */
const cube = {
  positions: Float32Array.from(
    [0, 1, 2, 3, 4, 5, 6, 7].flatMap((n) => [n & 1, (n >> 1) & 1, n >> 2].map((bit) => bit * 2 - 1)),
  ),
  indices: Uint32Array.from(
    [
      [0, 2, 3, 1],
      [4, 5, 7, 6],
      [0, 1, 5, 4],
      [2, 6, 7, 3],
      [0, 4, 6, 2],
      [1, 3, 7, 5],
    ].flatMap(([a, b, c, d]) => [a!, b!, c!, a!, c!, d!]),
  ),
};

test('a cube keeps flat sides where its edges are creases', () => {
  const normals = looks(cube, { creaseDegrees: 45, positionEpsilon: 1e-5 });
  const different = new Set(normals.map(({ normal }) => normal.map((value) => value.toFixed(3)).join()));
  expect(different.size).toBe(6);
});

test('a cube is rounded where its edges are no creases', () => {
  const normals = looks(cube, { creaseDegrees: 120, positionEpsilon: 1e-5 });
  normals.forEach(({ group, normal }, corner) => {
    expect(group).toBe(0);
    const vertex = cube.indices[corner]!;
    normal.forEach((value, axis) =>
      expect(value * cube.positions[vertex * 3 + axis]!).toBeCloseTo(3 ** -0.5, 3),
    );
  });
});

test('vertices within the epsilon share their normal', () => {
  const positions = Float32Array.from([0, 0, 0, 1, 0, 0, 0, 1, 0, 1e-4, 1e-4, 0, 0, 1, 0.3, -1, 0, 0.3]);
  const mesh = { positions, indices: Uint32Array.from([0, 1, 2, 3, 4, 5]) };
  const near = looks(mesh, { creaseDegrees: 90, positionEpsilon: 0.01 });
  expect(near[0]!.normal).toEqual(near[3]!.normal);
  const apart = looks(mesh, { creaseDegrees: 90, positionEpsilon: 1e-6 });
  expect(apart[0]!.normal).not.toEqual(apart[3]!.normal);
});
