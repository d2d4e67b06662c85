import type { Mesh } from './shell.ts';

/**
 * The vertices that keep a mesh from being closed with all its triangles facing one way: ends of edges that don't
 * have exactly two triangles which run along them in opposite directions. None: the mesh is watertight.
 * Vertices count by their index: join those of one position first.
 */
export function findLeaks({ indices, positions }: Mesh): Set<number> {
  const vertices = positions.length / 3;
  const seen = new Set<number>();
  const leaks = new Set<number>();
  const leak = (edge: number) => leaks.add(Math.floor(edge / vertices)).add(edge % vertices);
  for (let n = 0; n < indices.length; n++) {
    const edge = indices[n]! * vertices + indices[n % 3 === 2 ? n - 2 : n + 1]!;
    if (seen.has(edge)) leak(edge);
    seen.add(edge);
  }
  for (const edge of seen) {
    const opposite = (edge % vertices) * vertices + Math.floor(edge / vertices);
    if (!seen.has(opposite) || opposite === edge) leak(edge);
  }
  return leaks;
}
