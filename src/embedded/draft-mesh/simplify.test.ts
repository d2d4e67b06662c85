import { expect, test } from 'bun:test';
import { seededRandom } from '../../media/random.ts';
import { blurPlane, createPlane } from './plane.ts';
import { closeShell, type Mesh } from './shell.ts';
import { simplify } from './simplify.ts';
import { splitPinches } from './split-pinches.ts';
import { findLeaks } from './watertight.ts';

/** A closed mesh of random blobs with many holes: the kind that simplification pinches. */
function randomBlobs(seed: number): Mesh {
  const random = seededRandom(seed);
  const noise = createPlane(80, 80);
  noise.values.forEach((_, n) => (noise.values[n] = random() - 0.5));
  const inside = blurPlane(noise, { radius: 2, passes: 2 });
  inside.values.forEach((_, n) => {
    const [x, y] = [n % 80, Math.floor(n / 80)];
    if (x === 0 || y === 0 || x === 79 || y === 79) inside.values[n] = -1;
  });
  const height = { ...inside, values: inside.values.map((value) => 20 * Math.max(0, value)) };
  return closeShell({ inside, front: height, back: height });
}

function tetrahedron(a: number, b: number, c: number, d: number): number[] {
  return [a, b, c, a, d, b, b, d, c, c, d, a];
}

/** The corners of the indices, so that two vertices at one place count as one. */
function welded({ positions, indices }: Mesh): Mesh {
  const first = new Map<string, number>();
  const numbers = Array.from({ length: positions.length / 3 }, (_, vertex) => {
    const key = positions.subarray(vertex * 3, vertex * 3 + 3).join();
    if (!first.has(key)) first.set(key, vertex);
    return first.get(key)!;
  });
  return { positions, indices: indices.map((vertex) => numbers[vertex]!) };
}

test('a simplified mesh is closed and within the bound, even where the shape is all holes', async () => {
  for (const seed of [1, 2, 3, 4]) {
    const dense = randomBlobs(seed);
    for (const facesMax of [500, 1500, 4000]) {
      const mesh = await simplify(dense, facesMax);
      expect(mesh.indices.length / 3).toBeLessThanOrEqual(facesMax);
      expect(mesh.indices.length / 3).toBeGreaterThan(facesMax * 0.6);
      expect(findLeaks(welded(mesh)).size).toBe(0);
    }
  }
});

test('a mesh within the bound is left as it is', async () => {
  const mesh = randomBlobs(1);
  expect(await simplify(mesh, mesh.indices.length / 3)).toBe(mesh);
});

test('two bodies that share an edge are parted', () => {
  const positions = Float32Array.from([0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 1, 0, -1, 0, 0, 0, -1, 0]);
  const indices = Uint32Array.from([...tetrahedron(0, 1, 2, 3), ...tetrahedron(0, 1, 4, 5)]);
  expect(findLeaks({ positions, indices })).toEqual(new Set([0, 1]));
  const parted = splitPinches({ positions, indices });
  expect(findLeaks(welded(parted)).size).toBe(0);
  expect(parted.indices.length).toBe(indices.length);
  expect(parted.positions.length / 3).toBe(8);
});

test('two bodies that share only a vertex are parted', () => {
  const positions = Float32Array.from([0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, -1, 0, 0, 0, -1, 0, 0, 0, -1]);
  const indices = Uint32Array.from([...tetrahedron(0, 1, 2, 3), ...tetrahedron(0, 4, 5, 6)]);
  expect(splitPinches({ positions, indices }).positions.length / 3).toBe(8);
});

test('triangles back to back are taken off', () => {
  const positions = Float32Array.from([0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 1, 0, -1, 0, 0]);
  const body = tetrahedron(0, 1, 2, 3);
  const fin = [0, 1, 4, 0, 4, 1];
  const result = splitPinches({ positions, indices: Uint32Array.from([...body, ...fin]) });
  expect([...result.indices]).toEqual(body);
});

test('an open mesh has leaks along its hole', () => {
  const positions = Float32Array.from([0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 1, 0]);
  const open = Uint32Array.from(tetrahedron(0, 1, 2, 3).slice(3));
  expect(findLeaks({ positions, indices: open })).toEqual(new Set([0, 1, 2]));
});
