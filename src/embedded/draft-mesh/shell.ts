import { edgeFractionMin } from './inflate.ts';
import type { Plane } from './plane.ts';

/** Triangles that share corners: three numbers a vertex, three vertices a triangle, counter-clockwise from outside. */
export interface Mesh {
  positions: Float32Array;
  indices: Uint32Array;
}

/** A shape on a grid: the outline and how far the front and the back stand out, above 0 wherever inside. */
export interface Relief {
  inside: Plane;
  /** In cells, towards the viewer. */
  front: Plane;
  /** In cells, away from the viewer. */
  back: Plane;
}

/**
 * Closes a shape: a front and a back sheet that meet in the outline, which marching squares draws through the grid.
 * Every edge has exactly two triangles, whatever the outline, for two reasons: each outline vertex ends two outline
 * segments, and every other edge has an end on one sheet only (fans start at grid corners).
 * Coordinates are cells: x to the right, y up, z towards the viewer; the grid's first corner is the origin.
 */
export function closeShell(relief: Relief): Mesh {
  const vertices = new ShellVertices(relief);
  const { width, height } = relief.inside;
  const triangles: number[][] = [];
  let chunk: number[] = [];
  for (let row = 0; row < height - 1; row++) {
    for (let column = 0; column < width - 1; column++) {
      for (const polygon of cellPolygons(relief.inside, column, row)) {
        addFan(chunk, polygon, vertices);
      }
    }
    triangles.push(chunk);
    chunk = [];
  }
  const indices = new Uint32Array(triangles.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of triangles) {
    indices.set(part, offset);
    offset += part.length;
  }
  return { positions: vertices.positions(), indices };
}

/** A place on the border of a cell: a grid corner, or the cut of the edge from `corner` to `other`. */
interface Place {
  corner: number;
  other: number | null;
}

/** The inside part of one cell as polygons, counter-clockwise, each starting at a grid corner. */
function cellPolygons({ width, values }: Plane, column: number, row: number): Place[][] {
  const top = row * width + column;
  const corners = [top + width, top + width + 1, top + 1, top];
  const isInside = corners.map((corner) => values[corner]! > 0);
  if (!isInside.includes(true)) return [];
  const polygon: Place[] = [];
  for (let k = 0; k < 4; k++) {
    const [corner, next] = [corners[k]!, corners[(k + 1) % 4]!];
    if (isInside[k]) polygon.push({ corner, other: null });
    if (isInside[k] !== isInside[(k + 1) % 4]) {
      polygon.push(isInside[k] ? { corner, other: next } : { corner: next, other: corner });
    }
  }
  const first = polygon.findIndex((place) => place.other === null);
  const started = [...polygon.slice(first), ...polygon.slice(0, first)];
  const middle = corners.reduce((sum, corner) => sum + values[corner]!, 0);
  // Two opposite corners inside: one band when the middle is inside too, else two triangles.
  if (started.length < 6 || middle > 0) return [started];
  const [a, afterA, beforeC, c, afterC, beforeA] = started;
  return [
    [a!, afterA!, beforeA!],
    [c!, afterC!, beforeC!],
  ];
}

function addFan(indices: number[], polygon: Place[], vertices: ShellVertices): void {
  for (const sheet of ['front', 'back'] as const) {
    const corners = polygon.map((place) => vertices.indexOf(place, sheet));
    for (let k = 2; k < corners.length; k++) {
      const [first, second, third] = [corners[0]!, corners[k - 1]!, corners[k]!];
      if (sheet === 'front') indices.push(first, second, third);
      else indices.push(first, third, second);
    }
  }
}

/** Numbers the vertices as they are met: grid corners once on each sheet, cuts of the outline once for both. */
class ShellVertices {
  readonly #relief: Relief;
  readonly #numbers: Record<'front' | 'back' | 'rightCut' | 'downCut', Int32Array>;
  readonly #coordinates: number[] = [];

  constructor(relief: Relief) {
    this.#relief = relief;
    const none = () => new Int32Array(relief.inside.values.length).fill(-1);
    this.#numbers = { front: none(), back: none(), rightCut: none(), downCut: none() };
  }

  indexOf({ corner, other }: Place, sheet: 'front' | 'back'): number {
    const near = other === null ? corner : Math.min(corner, other);
    const cut = other !== null && Math.abs(corner - other) === 1 ? 'rightCut' : 'downCut';
    const numbers = this.#numbers[other === null ? sheet : cut];
    if (numbers[near] === -1) {
      numbers[near] = this.#coordinates.length / 3;
      this.#coordinates.push(...this.#place(corner, other, sheet));
    }
    return numbers[near]!;
  }

  positions(): Float32Array {
    return Float32Array.from(this.#coordinates);
  }

  #place(corner: number, other: number | null, sheet: 'front' | 'back'): [number, number, number] {
    const { width, values } = this.#relief.inside;
    const x = corner % width;
    const y = Math.floor(corner / width);
    if (other === null) {
      const z = sheet === 'front' ? this.#relief.front.values[corner]! : -this.#relief.back.values[corner]!;
      return [x, -y, z];
    }
    const exact = values[corner]! / (values[corner]! - values[other]!);
    const fraction = Math.min(1 - edgeFractionMin, Math.max(edgeFractionMin, exact));
    return [x + ((other % width) - x) * fraction, -(y + (Math.floor(other / width) - y) * fraction), 0];
  }
}
