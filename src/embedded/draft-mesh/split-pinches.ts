import { groupCorners } from './corners-by-position.ts';
import type { Mesh } from './shell.ts';

/**
 * Makes a closed mesh manifold again after simplification, which may join two sheets in one edge or vertex (a pinch):
 * about a quarter of our meshes have some. Vertices are visited in turn. The triangles around a vertex run in loops;
 * where there is more than one loop, or one that meets a neighbour twice, each simple loop gets its own copy of the
 * vertex, moved a little into the loop. Loops of two are triangles that lie back to back: they go.
 * An edge of a visited vertex has two triangles from then on, so that after one pass all edges have.
 */
export function splitPinches({ positions, indices }: Mesh): Mesh {
  const coordinates: number[] = [];
  for (let n = 0; n < positions.length; n++) coordinates.push(positions[n]!);
  const corners = indices.slice();
  const around = groupCorners(indices, positions.length / 3);
  const removed = new Uint8Array(indices.length / 3);
  // Used again for each vertex: half a million of them are garbage before it is collected.
  const faces: number[] = [];
  for (let vertex = 0; vertex < positions.length / 3; vertex++) {
    faces.length = 0;
    for (let n = around.starts[vertex]!; n < around.starts[vertex + 1]!; n++) {
      const face = Math.floor(around.corners[n]! / 3);
      if (removed[face] === 0) faces.push(face);
    }
    if (isOneLoop(corners, faces, vertex)) continue;
    let copies = 0;
    for (const loop of simpleLoops(faces.map((face) => spokeOf(corners, face, vertex)))) {
      if (loop.length === 2) for (const { face } of loop) removed[face] = 1;
      else if (copies++ > 0) detach({ coordinates, corners, vertex, loop });
    }
  }
  let kept = 0;
  for (let n = 0; n < corners.length; n++) {
    if (removed[Math.floor(n / 3)] === 0) corners[kept++] = corners[n]!;
  }
  return { positions: new Float32Array(coordinates), indices: corners.slice(0, kept) };
}

/** A triangle seen from one of its vertices: it leads from one neighbour to the next. */
interface Spoke {
  face: number;
  from: number;
  to: number;
}

function spokeOf(corners: Uint32Array, face: number, vertex: number): Spoke {
  return { face, from: fromOf(corners, face, vertex), to: toOf(corners, face, vertex) };
}

/** The neighbour that a triangle leads from, seen from its vertex `vertex`. */
function fromOf(corners: Uint32Array, face: number, vertex: number): number {
  const n = face * 3;
  if (corners[n] === vertex) return corners[n + 1]!;
  return corners[n + 1] === vertex ? corners[n + 2]! : corners[n]!;
}

/** The neighbour that it leads to. */
function toOf(corners: Uint32Array, face: number, vertex: number): number {
  const n = face * 3;
  if (corners[n] === vertex) return corners[n + 2]!;
  return corners[n + 1] === vertex ? corners[n]! : corners[n + 1]!;
}

/** The common case, worth a short cut: one loop through all triangles that meets each neighbour once. */
function isOneLoop(corners: Uint32Array, faces: readonly number[], vertex: number): boolean {
  let face = faces[0];
  if (face === undefined) return true;
  const start = fromOf(corners, face, vertex);
  for (let steps = 1; face !== undefined; steps++) {
    const to: number = toOf(corners, face, vertex);
    if (to === start) return steps === faces.length && steps > 2;
    if (steps === faces.length) return false;
    face = faceFrom(to, { corners, faces, vertex });
  }
  return true;
}

/** A loop and no closure: it runs once for each corner of the mesh. */
function faceFrom(
  neighbour: number,
  { corners, faces, vertex }: { corners: Uint32Array; faces: readonly number[]; vertex: number },
): number | undefined {
  for (const face of faces) if (fromOf(corners, face, vertex) === neighbour) return face;
  return undefined;
}

/** Takes the spokes apart into loops that meet no neighbour twice: walk on, and cut a loop off at each return. */
function simpleLoops(spokes: Spoke[]): Spoke[][] {
  const left = new Map<number, Spoke[]>();
  for (const spoke of spokes) left.set(spoke.from, [...(left.get(spoke.from) ?? []), spoke]);
  const loops: Spoke[][] = [];
  for (const start of left.keys()) {
    const path: Spoke[] = [];
    for (let spoke = left.get(start)!.pop(); spoke; spoke = left.get(spoke.to)?.pop()) {
      path.push(spoke);
      const { to } = spoke;
      const returned = path.findIndex(({ from }) => from === to);
      if (returned >= 0) loops.push(path.splice(returned));
    }
  }
  return loops;
}

/** Gives a loop its own copy of the vertex, a little way into the loop's first triangle. */
function detach(options: {
  coordinates: number[];
  corners: Uint32Array;
  vertex: number;
  loop: Spoke[];
}): void {
  const { coordinates, corners, vertex, loop } = options;
  const inward = 0.05;
  const copy = coordinates.length / 3;
  const { from, to } = loop[0]!;
  for (let axis = 0; axis < 3; axis++) {
    const middle = (coordinates[from * 3 + axis]! + coordinates[to * 3 + axis]!) / 2;
    coordinates.push(coordinates[vertex * 3 + axis]! * (1 - inward) + middle * inward);
  }
  for (const { face } of loop) {
    for (let n = face * 3; n < face * 3 + 3; n++) if (corners[n] === vertex) corners[n] = copy;
  }
}
