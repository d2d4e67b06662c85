import type { Mesh } from './shell.ts';

/**
 * Makes a closed mesh manifold again after simplification, which may join two sheets in one edge or vertex (a pinch):
 * about a quarter of our meshes have some. Vertices are visited in turn. The triangles around a vertex run in loops;
 * where there is more than one loop, or one that meets a neighbour twice, each simple loop gets its own copy of the
 * vertex, moved a little into the loop. Loops of two are triangles that lie back to back: they go.
 * An edge of a visited vertex has two triangles from then on, so that after one pass all edges have.
 */
export function splitPinches({ positions, indices }: Mesh): Mesh {
  const coordinates = Array.from(positions);
  const corners = indices.slice();
  const around = facesAroundVertices(indices, positions.length / 3);
  const removed = new Uint8Array(indices.length / 3);
  for (let vertex = 0; vertex < positions.length / 3; vertex++) {
    const faces = around.faces.subarray(around.starts[vertex], around.starts[vertex + 1]);
    const spokes: Spoke[] = [];
    for (const face of faces) if (removed[face] === 0) spokes.push(spokeOf(corners, face, vertex));
    if (isOneLoop(spokes)) continue;
    let copies = 0;
    for (const loop of simpleLoops(spokes)) {
      if (loop.length === 2) for (const { face } of loop) removed[face] = 1;
      else if (copies++ > 0) detach({ coordinates, corners, vertex, loop });
    }
  }
  const kept = corners.filter((_, n) => removed[Math.floor(n / 3)] === 0);
  return { positions: Float32Array.from(coordinates), indices: kept };
}

/** A triangle seen from one of its vertices: it leads from one neighbour to the next. */
interface Spoke {
  face: number;
  from: number;
  to: number;
}

/** The triangles of each vertex: those of vertex `n` are `faces` from `starts[n]` up to `starts[n + 1]`. */
function facesAroundVertices(
  indices: Uint32Array,
  vertices: number,
): { starts: Uint32Array; faces: Uint32Array } {
  const starts = new Uint32Array(vertices + 1);
  for (const vertex of indices) starts[vertex + 1] = starts[vertex + 1]! + 1;
  for (let vertex = 0; vertex < vertices; vertex++)
    starts[vertex + 1] = starts[vertex + 1]! + starts[vertex]!;
  const ends = starts.slice();
  const faces = new Uint32Array(indices.length);
  indices.forEach((vertex, n) => {
    faces[ends[vertex]!] = Math.floor(n / 3);
    ends[vertex] = ends[vertex]! + 1;
  });
  return { starts, faces };
}

function spokeOf(corners: Uint32Array, face: number, vertex: number): Spoke {
  const [a, b, c] = [corners[face * 3]!, corners[face * 3 + 1]!, corners[face * 3 + 2]!];
  if (a === vertex) return { face, from: b, to: c };
  return b === vertex ? { face, from: c, to: a } : { face, from: a, to: b };
}

/** The common case, worth a short cut: one loop through all spokes that meets each neighbour once. */
function isOneLoop(spokes: Spoke[]): boolean {
  let spoke = spokes[0];
  for (let steps = 1; spoke; steps++) {
    const { to } = spoke;
    if (to === spokes[0]!.from) return steps === spokes.length && steps > 2;
    if (steps === spokes.length) return false;
    spoke = spokes.find(({ from }) => from === to);
  }
  return true;
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
