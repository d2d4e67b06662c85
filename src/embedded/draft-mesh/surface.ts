import { type Atlas, textureCoordinates } from './atlas.ts';
import { creaseNormals, faceNormals } from './crease-normals.ts';
import type { Field } from './field.ts';
import type { Mesh } from './shell.ts';

/** A mesh as it is drawn: a vertex of the shell is there once for each look (normal, half of the texture) it has. */
export interface Surface {
  positions: Float32Array<ArrayBuffer>;
  normals: Float32Array<ArrayBuffer>;
  textureCoordinates: Float32Array<ArrayBuffer>;
  indices: Uint32Array<ArrayBuffer>;
}

export interface SurfaceOptions {
  field: Field;
  atlas: Atlas;
  /** Faces that meet at a larger angle have a hard edge between them. */
  creaseDegrees: number;
  /** Positions closer than this share a normal. Unit: the longest side of the mesh; at most `positionEpsilonMax`. */
  positionEpsilon: number;
}

/** Beyond this, whole parts of a fine mesh would share one normal. */
export const positionEpsilonMax = 0.002;

/** Gives each triangle its half of the texture and its normals. Scales the mesh: centred, longest side 1. */
export function dressShell(mesh: Mesh, options: SurfaceOptions): Surface {
  const { centre, longest } = measure(mesh.positions);
  const faces = faceNormals(mesh);
  const cornerNormals = creaseNormals(mesh, {
    creaseDegrees: options.creaseDegrees,
    positionEpsilon: options.positionEpsilon * longest,
  });
  const { originX, originY, cellPixels } = options.field;
  const groupsMax = cornerNormals.reduce((most, { group }) => Math.max(most, group + 1), 1);
  const looks = new Map<number, number>();
  const [positions, normals, coordinates]: [number[], number[], number[]] = [[], [], []];
  const indices = mesh.indices.map((vertex, corner) => {
    const side = faces[Math.floor(corner / 3)]![2] >= 0 ? 'front' : 'back';
    const { group, normal } = cornerNormals[corner]!;
    const key = (vertex * groupsMax + group) * 2 + (side === 'front' ? 0 : 1);
    const known = looks.get(key);
    if (known !== undefined) return known;
    const place = mesh.positions.subarray(vertex * 3, vertex * 3 + 3);
    place.forEach((value, axis) => positions.push((value - centre[axis]!) / longest));
    normals.push(...normal);
    const [x, y] = [originX + place[0]! * cellPixels, originY - place[1]! * cellPixels];
    coordinates.push(...textureCoordinates(options.atlas, { x, y, side }));
    looks.set(key, looks.size);
    return looks.size - 1;
  });
  return {
    positions: Float32Array.from(positions),
    normals: Float32Array.from(normals),
    textureCoordinates: Float32Array.from(coordinates),
    indices,
  };
}

function measure(positions: Float32Array): { centre: number[]; longest: number } {
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  positions.forEach((value, n) => {
    low[n % 3] = Math.min(low[n % 3]!, value);
    high[n % 3] = Math.max(high[n % 3]!, value);
  });
  const centre = low.map((value, axis) => (value + high[axis]!) / 2);
  return { centre, longest: Math.max(...low.map((value, axis) => high[axis]! - value)) };
}
