import type { Mesh } from './shell.ts';

/**
 * The vertices that keep a mesh from being closed with all its triangles facing one way: ends of edges that don't
 * have exactly two triangles which run along them in opposite directions. None: the mesh is watertight.
 * Vertices count by their index: join those of one position first.
 */
export function findLeaks({ indices, positions }: Mesh): Set<number> {
  const vertices = positions.length / 3;
  const leaks = new Set<number>();
  // Sorted lists, not sets: a million triangles have three million edges.
  const edges = sortedEdges(indices, (from, to) => from * vertices + to);
  const opposites = sortedEdges(indices, (from, to) => to * vertices + from);
  let place = 0;
  edges.forEach((edge, n) => {
    const from = Math.floor(edge / vertices);
    const to = edge % vertices;
    while (opposites[place]! < edge) place++;
    if (opposites[place] !== edge || edge === edges[n - 1] || from === to) leaks.add(from).add(to);
  });
  return leaks;
}

function sortedEdges(indices: Uint32Array, number: (from: number, to: number) => number): Float64Array {
  const edges = new Float64Array(indices.length);
  for (let n = 0; n < edges.length; n++) {
    edges[n] = number(indices[n]!, indices[n % 3 === 2 ? n - 2 : n + 1]!);
  }
  return edges.sort();
}
