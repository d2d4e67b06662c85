import type { Mesh } from './shell.ts';

/** The corners of the triangles in groups: those of group `n` are `corners` from `starts[n]` up to `starts[n + 1]`. */
export interface CornerGroups {
  starts: Uint32Array;
  corners: Uint32Array;
}

/** Corners whose positions fall into the same cell of a grid, `epsilon` wide, in ascending order. */
export function cornersByPosition(mesh: Mesh, epsilon: number): CornerGroups {
  const { cells, cellOfVertex } = numberCells(mesh.positions, Math.max(epsilon, 1e-9));
  return groupCorners(
    mesh.indices.map((vertex) => cellOfVertex[vertex]!),
    cells,
  );
}

/** Sorts corners by the number of their group (0 up to `groups`), by counting. */
export function groupCorners(groupOfCorner: Uint32Array, groups: number): CornerGroups {
  const starts = new Uint32Array(groups + 1);
  groupOfCorner.forEach((group) => (starts[group + 1] = starts[group + 1]! + 1));
  for (let group = 0; group < groups; group++) starts[group + 1] = starts[group + 1]! + starts[group]!;
  const ends = starts.slice();
  const corners = new Uint32Array(groupOfCorner.length);
  groupOfCorner.forEach((group, corner) => {
    corners[ends[group]!] = corner;
    ends[group] = ends[group]! + 1;
  });
  return { starts, corners };
}

/** Numbers the cells as they are met. A hash table of its own: a `Map` of half a million keys takes 100 MB. */
function numberCells(
  positions: Float32Array,
  cellSide: number,
): { cells: number; cellOfVertex: Uint32Array } {
  const vertices = positions.length / 3;
  const slots = new Int32Array(2 ** Math.ceil(Math.log2(vertices * 2 + 2))).fill(-1);
  const cellOfVertex = new Uint32Array(vertices);
  const firstOfCell = new Uint32Array(vertices);
  const along = (vertex: number, axis: number) => Math.round(positions[vertex * 3 + axis]! / cellSide);
  const isCell = (vertex: number, x: number, y: number, z: number) =>
    along(vertex, 0) === x && along(vertex, 1) === y && along(vertex, 2) === z;
  let cells = 0;
  for (let vertex = 0; vertex < vertices; vertex++) {
    const x = along(vertex, 0);
    const y = along(vertex, 1);
    const z = along(vertex, 2);
    let slot = hash(x, y, z) & (slots.length - 1);
    while (slots[slot] !== -1 && !isCell(firstOfCell[slots[slot]!]!, x, y, z))
      slot = (slot + 1) & (slots.length - 1);
    if (slots[slot] === -1) {
      firstOfCell[cells] = vertex;
      slots[slot] = cells++;
    }
    cellOfVertex[vertex] = slots[slot]!;
  }
  return { cells, cellOfVertex };
}

/** Spreads neighbouring cells over all 32 bits; the factors are large primes. */
function hash(x: number, y: number, z: number): number {
  const mixed = Math.imul(x, 73_856_093) ^ Math.imul(y, 19_349_663) ^ Math.imul(z, 83_492_791);
  return mixed ^ (mixed >>> 15);
}
