import { seededRandom } from '../../media/random.ts';
import type { Field } from './field.ts';
import { inflate } from './inflate.ts';
import { blurPlane, createPlane, type Plane, samplePlane } from './plane.ts';
import type { Relief } from './shell.ts';
import type { Silhouette } from './silhouette.ts';

export interface ReliefOptions {
  silhouette: Silhouette;
  /** Of the same size as the silhouette's coverage. */
  lightness: Plane;
  field: Field;
  /** Relaxation sweeps of the inflation on each grid. */
  sweeps: number;
  /** Blur of the finest relief, as a share of the subject's longest side. */
  detailShare: number;
  seed: number;
}

/** A body is as thick as it is wide up to `level`; a frame is a slab with rounded rims. Shares of the longest side. */
const profiles = {
  body: { level: 0.19, flatness: 0.85, reliefAmount: 0.2, backFlatness: 0.75 },
  slab: { level: 0.025, flatness: 1, reliefAmount: 0.8, backFlatness: 0.6 },
};

/** Guesses the depth: rounded by the outline, light parts forward and dark ones back, a breath of noise from the seed. */
export function guessDepth(options: ReliefOptions): Relief {
  const { silhouette, field, sweeps } = options;
  const profile = profiles[silhouette.basis === 'frame' ? 'slab' : 'body'];
  const { inside } = field;
  const cells = Math.max(silhouette.bounds.width, silhouette.bounds.height) / field.cellPixels;
  const thickness = inflate(inside, { levelCells: profile.level * cells, sweeps });
  const tones = surfaceTones(options);
  const [front, back] = [createPlane(inside.width, inside.height), createPlane(inside.width, inside.height)];
  for (let row = 0; row < inside.height; row++) {
    for (let column = 0; column < inside.width; column++) {
      const n = row * inside.width + column;
      if (inside.values[n]! <= 0) continue;
      const x = field.originX + column * field.cellPixels - 0.5;
      const y = field.originY + row * field.cellPixels - 0.5;
      const tone = Math.min(1, Math.max(-1, samplePlane(tones, x, y)));
      // Never quite 0: front and back must not touch inside the outline.
      const half = Math.max(0.02, thickness.values[n]!);
      front.values[n] = half * profile.flatness * (1 + profile.reliefAmount * tone);
      back.values[n] = half * profile.backFlatness;
    }
  }
  return { inside, front, back };
}

/** −1..1: how far forward the lightness (coarse and fine) and the noise push each pixel. */
function surfaceTones({ silhouette, lightness, detailShare, seed }: ReliefOptions): Plane {
  const { coverage, bounds } = silhouette;
  const longest = Math.max(bounds.width, bounds.height);
  const blurred = (share: number) =>
    blurInside(lightness, coverage, Math.max(1, Math.round(longest * share)));
  const fine = blurred(detailShare);
  const coarse = blurred(0.05);
  const ground = blurred(0.25);
  const noise = smoothNoise(coverage, { seed, spacing: longest / 10 });
  const tones = createPlane(coverage.width, coverage.height);
  for (let n = 0; n < tones.values.length; n++) {
    const detail = fine.values[n]! - coarse.values[n]!;
    const form = coarse.values[n]! - ground.values[n]!;
    tones.values[n] = 3 * detail + 2 * form + 0.12 * noise.values[n]!;
  }
  return tones;
}

/** A blur in which only the subject takes part, so that the background doesn't press on its rim. */
function blurInside(plane: Plane, coverage: Plane, radius: number): Plane {
  const weighted = createPlane(plane.width, plane.height);
  for (let n = 0; n < weighted.values.length; n++)
    weighted.values[n] = plane.values[n]! * coverage.values[n]!;
  const sum = blurPlane(weighted, { radius, passes: 2 });
  const weight = blurPlane(coverage, { radius, passes: 2 });
  for (let n = 0; n < sum.values.length; n++)
    sum.values[n] = sum.values[n]! / Math.max(1e-3, weight.values[n]!);
  return sum;
}

/** Value noise in −1..1, smooth over `spacing` pixels. */
function smoothNoise({ width, height }: Plane, { seed, spacing }: { seed: number; spacing: number }): Plane {
  const random = seededRandom(seed);
  const lattice = createPlane(Math.ceil(width / spacing) + 2, Math.ceil(height / spacing) + 2);
  for (let n = 0; n < lattice.values.length; n++) lattice.values[n] = random() * 2 - 1;
  const noise = createPlane(width, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      noise.values[y * width + x] = samplePlane(lattice, eased(x / spacing), eased(y / spacing));
    }
  }
  return noise;
}

function eased(position: number): number {
  const whole = Math.floor(position);
  const t = position - whole;
  return whole + t * t * (3 - 2 * t);
}
