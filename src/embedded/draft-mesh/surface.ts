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
  const corners = creaseNormals(mesh, faces, {
    creaseDegrees: options.creaseDegrees,
    positionEpsilon: options.positionEpsilon * longest,
  });
  const isBack = (corner: number) => faces[Math.floor(corner / 3) * 3 + 2]! < 0;
  const { indices, firstCorners } = numberLooks(
    mesh,
    (corner) => corners.groups[corner]! * 2 + Number(isBack(corner)),
  );
  const { originX, originY, cellPixels } = options.field;
  const surface = {
    positions: new Float32Array(firstCorners.length * 3),
    normals: new Float32Array(firstCorners.length * 3),
    textureCoordinates: new Float32Array(firstCorners.length * 2),
    indices,
  };
  firstCorners.forEach((corner, look) => {
    const vertex = mesh.indices[corner]!;
    for (let axis = 0; axis < 3; axis++) {
      surface.positions[look * 3 + axis] = (mesh.positions[vertex * 3 + axis]! - centre[axis]!) / longest;
      surface.normals[look * 3 + axis] = corners.normals[corner * 3 + axis]!;
    }
    const x = originX + mesh.positions[vertex * 3]! * cellPixels;
    const y = originY - mesh.positions[vertex * 3 + 1]! * cellPixels;
    const side = isBack(corner) ? 'back' : 'front';
    surface.textureCoordinates.set(textureCoordinates(options.atlas, { x, y, side }), look * 2);
  });
  return surface;
}

/** Numbers the looks of all vertices as they are met: the number of each corner's, and the corner that each was met at. */
function numberLooks(
  mesh: Mesh,
  lookOf: (corner: number) => number,
): { indices: Uint32Array<ArrayBuffer>; firstCorners: Uint32Array } {
  const corners = mesh.indices.length;
  const indices = new Uint32Array(corners);
  const firstCorners = new Uint32Array(corners);
  // A vertex has few looks: a list each, linked through `following`.
  const latest = new Int32Array(mesh.positions.length / 3).fill(-1);
  const following = new Int32Array(corners);
  let looks = 0;
  for (let corner = 0; corner < corners; corner++) {
    const vertex = mesh.indices[corner]!;
    let look = latest[vertex]!;
    while (look !== -1 && lookOf(firstCorners[look]!) !== lookOf(corner)) look = following[look]!;
    if (look === -1) {
      look = looks++;
      firstCorners[look] = corner;
      following[look] = latest[vertex]!;
      latest[vertex] = look;
    }
    indices[corner] = look;
  }
  return { indices, firstCorners: firstCorners.subarray(0, looks) };
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
