import type { Mesh } from './shell.ts';

type Vector = [number, number, number];

/** The look of one corner of a triangle. */
export interface CornerNormal {
  /** Corners of one position with the same number share this normal. */
  group: number;
  normal: Vector;
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
 */
export function creaseNormals(mesh: Mesh, options: CreaseOptions): CornerNormal[] {
  const faces = faceNormals(mesh);
  const result: CornerNormal[] = Array.from({ length: mesh.indices.length });
  const cosineMin = Math.cos((Math.min(180, options.creaseDegrees) * Math.PI) / 180) - 1e-6;
  for (const corners of cornersByPosition(mesh, options.positionEpsilon)) {
    const smooth = groupSmooth(corners, faces, cosineMin);
    smooth.forEach((members, group) => {
      const normal = meanNormal(mesh, faces, members);
      for (const corner of members) result[corner] = { group, normal };
    });
  }
  return result;
}

/** The unit normal of each triangle; +Z for one without area. */
export function faceNormals({ positions, indices }: Mesh): Vector[] {
  const at = (n: number): Vector => vectorAt(positions, indices[n]!);
  return Array.from({ length: indices.length / 3 }, (_, face) => {
    const origin = at(face * 3);
    return unit(cross(minus(at(face * 3 + 1), origin), minus(at(face * 3 + 2), origin))) ?? [0, 0, 1];
  });
}

function cornersByPosition({ positions, indices }: Mesh, epsilon: number): number[][] {
  const cell = Math.max(epsilon, 1e-9);
  const byCell = new Map<string, number[]>();
  const ofVertex: number[][] = [];
  for (let vertex = 0; vertex < positions.length / 3; vertex++) {
    const key = vectorAt(positions, vertex)
      .map((value) => Math.round(value / cell))
      .join();
    const corners = byCell.get(key) ?? [];
    byCell.set(key, corners);
    ofVertex.push(corners);
  }
  indices.forEach((vertex, corner) => ofVertex[vertex]!.push(corner));
  return [...byCell.values()];
}

/** Splits the corners of one position where creases part them: two corners are joined by any chain of small angles. */
function groupSmooth(corners: number[], faces: Vector[], cosineMin: number): number[][] {
  const first = faces[Math.floor(corners[0]! / 3)]!;
  const halfAngleCosine = Math.sqrt((1 + cosineMin) / 2);
  // All within half the angle of one: all smooth. Most positions are.
  if (corners.every((corner) => dot(first, faces[Math.floor(corner / 3)]!) >= halfAngleCosine))
    return [corners];
  let groups: number[][] = [];
  for (const corner of corners) {
    const face = faces[Math.floor(corner / 3)]!;
    const isSmooth = (other: number) => dot(face, faces[Math.floor(other / 3)]!) >= cosineMin;
    const joined = groups.filter((group) => group.some(isSmooth));
    groups = [...groups.filter((group) => !joined.includes(group)), [...joined.flat(), corner]];
  }
  return groups;
}

function meanNormal({ positions, indices }: Mesh, faces: Vector[], corners: number[]): Vector {
  const sum: Vector = [0, 0, 0];
  for (const corner of corners) {
    const face = Math.floor(corner / 3);
    const [here, next, last] = [0, 1, 2].map((step) => {
      const n = face * 3 + ((corner - face * 3 + step) % 3);
      return vectorAt(positions, indices[n]!);
    }) as [Vector, Vector, Vector];
    const [along, back] = [unit(minus(next, here)), unit(minus(last, here))];
    const angle = along && back ? Math.acos(Math.min(1, Math.max(-1, dot(along, back)))) : 0;
    for (let axis = 0; axis < 3; axis++) sum[axis] = sum[axis]! + faces[face]![axis]! * angle;
  }
  return unit(sum) ?? faces[Math.floor(corners[0]! / 3)]!;
}

function vectorAt(positions: Float32Array, vertex: number): Vector {
  return [positions[vertex * 3]!, positions[vertex * 3 + 1]!, positions[vertex * 3 + 2]!];
}

function minus(a: Vector, b: Vector): Vector {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

function cross(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function unit(vector: Vector): Vector | null {
  const length = Math.hypot(...vector);
  return length > 1e-12 ? [vector[0] / length, vector[1] / length, vector[2] / length] : null;
}
