import { createPlane, type Plane } from './plane.ts';

/** Cut grid edges are never divided closer than this to a corner: keeps slivers and huge weights away. */
export const edgeFractionMin = 0.12;

/**
 * Blows a flat shape up like a cushion: half the thickness, in cells, at every corner of the grid.
 *
 * Solves the screened Poisson equation −∇²u + u/ℓ² = 4 with u = 0 on the outline; the thickness is √u. A disc of
 * radius R becomes half a ball while R is small beside ℓ; wide shapes level off at 2ℓ. The outline is met between the
 * corners, after Gibou et al., "A second-order-accurate symmetric discretization of the Poisson equation on
 * irregular domains" (2002). Solved from coarse grids to fine ones by successive over-relaxation.
 * @param field above 0 inside, see `Field.inside`
 * @param options.levelCells ℓ in cells
 * @param options.sweeps relaxation sweeps on each grid
 */
export function inflate(field: Plane, options: { levelCells: number; sweeps: number }): Plane {
  const height = solve(field, options);
  for (let n = 0; n < height.values.length; n++) height.values[n] = Math.sqrt(Math.max(0, height.values[n]!));
  return height;
}

const coarsestCells = 24;

function solve(field: Plane, options: { levelCells: number; sweeps: number }): Plane {
  const coarseEnough = Math.max(field.width, field.height) <= coarsestCells;
  const start = coarseEnough
    ? createPlane(field.width, field.height)
    : doubled(solve(halved(field), { ...options, levelCells: options.levelCells / 2 }), field);
  relax(start, field, { ...options, sweeps: coarseEnough ? 100 : options.sweeps });
  return start;
}

function relax(
  solution: Plane,
  field: Plane,
  { levelCells, sweeps }: { levelCells: number; sweeps: number },
): void {
  const { width, values: u } = solution;
  const inverse = inverseDiagonal(field, 1 / (levelCells * levelCells));
  const overRelaxation = 1.7;
  for (let sweep = 0; sweep < sweeps; sweep++) {
    for (let n = width; n < u.length - width; n++) {
      if (inverse[n] === 0) continue;
      const neighbours = u[n - 1]! + u[n + 1]! + u[n - width]! + u[n + width]!;
      u[n] = u[n]! + overRelaxation * ((4 + neighbours) * inverse[n]! - u[n]!);
    }
  }
}

/** 1 / (sum of the four links + screening) at inside corners, 0 outside. A link cut at fraction θ weighs 1/θ. */
function inverseDiagonal({ width, values }: Plane, screening: number): Float32Array {
  const inverse = new Float32Array(values.length);
  const link = (inside: number, neighbour: number) =>
    neighbour > 0 ? 1 : 1 / Math.max(edgeFractionMin, inside / (inside - neighbour));
  for (let n = width; n < values.length - width; n++) {
    const value = values[n]!;
    if (value <= 0) continue;
    const across = link(value, values[n - 1]!) + link(value, values[n + 1]!);
    const down = link(value, values[n - width]!) + link(value, values[n + width]!);
    inverse[n] = 1 / (across + down + screening);
  }
  return inverse;
}

/** Every other corner, averaged with its neighbours; the border stays outside. */
function halved({ width, height, values }: Plane): Plane {
  const half = createPlane(Math.ceil((width + 1) / 2), Math.ceil((height + 1) / 2));
  half.values.fill(-0.5);
  for (let y = 1; y < half.height - 1; y++) {
    for (let x = 1; x < half.width - 1; x++) {
      let sum = 0;
      for (const [dx, dy, weight] of averaging) {
        const column = Math.min(width - 1, 2 * x + dx);
        const row = Math.min(height - 1, 2 * y + dy);
        sum += values[row * width + column]! * weight;
      }
      half.values[y * half.width + x] = sum;
    }
  }
  return half;
}

const averaging = [-1, 0, 1].flatMap((dy) =>
  [-1, 0, 1].map((dx) => [dx, dy, ((2 - Math.abs(dx)) * (2 - Math.abs(dy))) / 16] as const),
);

/** A coarse solution as the first guess on the next finer grid: lengths double, so u is four times as large. */
function doubled(coarse: Plane, field: Plane): Plane {
  const fine = createPlane(field.width, field.height);
  const at = (x: number, y: number) =>
    coarse.values[Math.min(coarse.height - 1, y) * coarse.width + Math.min(coarse.width - 1, x)]!;
  for (let y = 0; y < fine.height; y++) {
    for (let x = 0; x < fine.width; x++) {
      const n = y * fine.width + x;
      if (field.values[n]! <= 0) continue;
      const [left, right, top, bottom] = [x >> 1, (x + 1) >> 1, y >> 1, (y + 1) >> 1];
      fine.values[n] = at(left, top) + at(right, top) + at(left, bottom) + at(right, bottom);
    }
  }
  return fine;
}
