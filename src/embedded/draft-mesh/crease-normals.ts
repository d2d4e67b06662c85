import { cornersByPosition } from './corners-by-position.ts';
import type { Mesh } from './shell.ts';

// Numbers, not small arrays, in what runs for each triangle: a million of these are garbage before it is collected.

/** The looks of all corners of all triangles, three a triangle, in order. */
export interface CornerNormals {
  /** Corners of one position with the same number share their normal. */
  groups: Uint32Array;
  /** Three numbers a corner. */
  normals: Float32Array;
}

export interface CreaseOptions {
  /** Faces that meet at a larger angle keep their own normals. */
  creaseDegrees: number;
  /** Positions closer than this count as one. Unit: that of the positions. */
  positionEpsilon: number;
}

/**
 * A normal for each corner of each triangle (three a triangle, in order): the mean of the faces around its position,
 * weighted by their angles there, over those it is joined to without crossing a crease.
 * @param faces of {@link faceNormals}
 */
export function creaseNormals(mesh: Mesh, faces: Float64Array, options: CreaseOptions): CornerNormals {
  const groups = new Uint32Array(mesh.indices.length);
  const normals = new Float32Array(mesh.indices.length * 3);
  const cosineMin = Math.cos((Math.min(180, options.creaseDegrees) * Math.PI) / 180) - 1e-6;
  const { starts, corners } = cornersByPosition(mesh, options.positionEpsilon);
  for (let position = 0; position < starts.length - 1; position++) {
    const from = starts[position]!;
    const to = starts[position + 1]!;
    const here = { corners, from, to };
    if (isSmooth(here, faces, cosineMin)) {
      shareMeanNormal(mesh, faces, here, normals);
      continue;
    }
    groupSmooth(corners.subarray(from, to), faces, cosineMin).forEach((members, group) => {
      shareMeanNormal(mesh, faces, { corners: members, from: 0, to: members.length }, normals);
      for (const corner of members) groups[corner] = group;
    });
  }
  return { groups, normals };
}

/** The unit normal of each triangle, three numbers each; +Z for one without area. */
export function faceNormals({ positions, indices }: Mesh): Float64Array {
  const normals = new Float64Array(indices.length);
  for (let n = 0; n < indices.length; n += 3) {
    const a = indices[n]! * 3;
    const b = indices[n + 1]! * 3;
    const c = indices[n + 2]! * 3;
    const bx = positions[b]! - positions[a]!;
    const by = positions[b + 1]! - positions[a + 1]!;
    const bz = positions[b + 2]! - positions[a + 2]!;
    const cx = positions[c]! - positions[a]!;
    const cy = positions[c + 1]! - positions[a + 1]!;
    const cz = positions[c + 2]! - positions[a + 2]!;
    const x = by * cz - bz * cy;
    const y = bz * cx - bx * cz;
    const z = bx * cy - by * cx;
    const length = Math.hypot(x, y, z);
    const hasArea = length > lengthMin;
    normals[n] = hasArea ? x / length : 0;
    normals[n + 1] = hasArea ? y / length : 0;
    normals[n + 2] = hasArea ? z / length : 1;
  }
  return normals;
}

/** Shorter vectors have no direction. */
const lengthMin = 1e-12;

/** Corners of triangles: those of a list, `from` its place up to `to`. */
interface CornerRange {
  corners: Uint32Array | readonly number[];
  from: number;
  to: number;
}

/** Whether all faces lie within half the crease's angle of the first, as most do: no two have a crease between them. */
function isSmooth({ corners, from, to }: CornerRange, faces: Float64Array, cosineMin: number): boolean {
  const halfAngleCosine = Math.sqrt((1 + cosineMin) / 2);
  for (let n = from; n < to; n++) {
    if (faceCosine(faces, corners[from]!, corners[n]!) < halfAngleCosine) return false;
  }
  return true;
}

/** Splits the corners of one position where creases part them: two corners are joined by any chain of small angles. */
function groupSmooth(corners: Uint32Array, faces: Float64Array, cosineMin: number): number[][] {
  let groups: number[][] = [];
  for (const corner of corners) {
    const joined = groups.filter((group) =>
      group.some((other) => faceCosine(faces, corner, other) >= cosineMin),
    );
    groups = [...groups.filter((group) => !joined.includes(group)), [...joined.flat(), corner]];
  }
  return groups;
}

/** Cosine of the angle between the faces of two corners. */
function faceCosine(faces: Float64Array, corner: number, other: number): number {
  const a = corner - (corner % 3);
  const b = other - (other % 3);
  return faces[a]! * faces[b]! + faces[a + 1]! * faces[b + 1]! + faces[a + 2]! * faces[b + 2]!;
}

/** Writes the mean normal of a range into `normals`, for each of its corners. */
function shareMeanNormal(
  mesh: Mesh,
  faces: Float64Array,
  { corners, from, to }: CornerRange,
  normals: Float32Array,
): void {
  let x = 0;
  let y = 0;
  let z = 0;
  for (let n = from; n < to; n++) {
    const corner = corners[n]!;
    const face = corner - (corner % 3);
    const angle = angleAt(mesh, corner);
    x += faces[face]! * angle;
    y += faces[face + 1]! * angle;
    z += faces[face + 2]! * angle;
  }
  const length = Math.hypot(x, y, z);
  const hasDirection = length > lengthMin;
  const first = corners[from]! - (corners[from]! % 3);
  for (let n = from; n < to; n++) {
    const place = corners[n]! * 3;
    normals[place] = hasDirection ? x / length : faces[first]!;
    normals[place + 1] = hasDirection ? y / length : faces[first + 1]!;
    normals[place + 2] = hasDirection ? z / length : faces[first + 2]!;
  }
}

/** The angle of a corner's triangle there, in radians; 0 beside a side without length. */
function angleAt({ positions, indices }: Mesh, corner: number): number {
  const face = corner - (corner % 3);
  const here = indices[corner]! * 3;
  const next = indices[face + ((corner + 1) % 3)]! * 3;
  const last = indices[face + ((corner + 2) % 3)]! * 3;
  const nx = positions[next]! - positions[here]!;
  const ny = positions[next + 1]! - positions[here + 1]!;
  const nz = positions[next + 2]! - positions[here + 2]!;
  const lx = positions[last]! - positions[here]!;
  const ly = positions[last + 1]! - positions[here + 1]!;
  const lz = positions[last + 2]! - positions[here + 2]!;
  const along = Math.hypot(nx, ny, nz);
  const back = Math.hypot(lx, ly, lz);
  if (along <= lengthMin || back <= lengthMin) return 0;
  const cosine = (nx / along) * (lx / back) + (ny / along) * (ly / back) + (nz / along) * (lz / back);
  return Math.acos(Math.min(1, Math.max(-1, cosine)));
}
