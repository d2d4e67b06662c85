import type { Mesh } from './shell.ts';

/**
 * Makes a closed mesh manifold again after simplification, which may join two sheets in one edge or vertex (a pinch):
 * about a quarter of our meshes have some. Vertices are visited in turn. The triangles around a vertex run in loops;
 * where there is more than one loop, or one that meets a neighbour twice, each simple loop gets its own copy of the
 * vertex, moved a little into the loop. Loops of two are triangles that lie back to back: they go.
 * An edge of a visited vertex has two triangles from then on, so that after one pass all edges have.
 */
export function splitPinches({ positions, indices }: Mesh): Mesh {
  const coordinates = [...positions];
  const corners = indices.slice();
  const vertices = positions.length / 3;
  const around = facesAroundVertices(corners, vertices);
  const removed = new Set<number>();
  for (let vertex = 0; vertex < vertices; vertex++) {
    const faces = around[vertex]!.filter((face) => !removed.has(face));
    const loops = simpleLoops(faces.map((face) => spokeOf(corners, face, vertex)));
    let copies = 0;
    for (const loop of loops) {
      if (loop.length === 2) for (const { face } of loop) removed.add(face);
      else if (copies++ > 0) detach({ coordinates, corners, vertex, loop });
    }
  }
  const kept = corners.filter((_, n) => !removed.has(Math.floor(n / 3)));
  return { positions: Float32Array.from(coordinates), indices: kept };
}

/** A triangle seen from one of its vertices: it leads from one neighbour to the next. */
interface Spoke {
  face: number;
  from: number;
  to: number;
}

function facesAroundVertices(corners: Uint32Array, vertices: number): number[][] {
  const around: number[][] = Array.from({ length: vertices }, () => []);
  corners.forEach((vertex, n) => around[vertex]!.push(Math.floor(n / 3)));
  return around;
}

function spokeOf(corners: Uint32Array, face: number, vertex: number): Spoke {
  const [a, b, c] = [corners[face * 3]!, corners[face * 3 + 1]!, corners[face * 3 + 2]!];
  if (a === vertex) return { face, from: b, to: c };
  return b === vertex ? { face, from: c, to: a } : { face, from: a, to: b };
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
