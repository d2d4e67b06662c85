import { hopSeconds, melBands, type MelSpectrogram } from './spectra.ts';

/** The recording is compared with itself in steps of this length. */
const stepSeconds = 0.5;
/** A section is compared with this much on either side of a boundary. */
const reachSeconds = 8;
const sectionSecondsMin = 8;
/** A boundary stands this far above the mean novelty, in standard deviations. */
const deviationsMin = 1;

/**
 * Where a recording changes its sound: peaks of Foote's novelty (Foote 2000), a checkerboard drawn along the
 * diagonal of the recording's similarity to itself.
 * @returns boundaries in seconds, inside the recording, in order
 */
export function noveltyBoundaries(mel: MelSpectrogram): number[] {
  const steps = averageSteps(mel);
  const reach = Math.round(reachSeconds / stepSeconds);
  if (steps.length < 3 * reach) return [];
  const novelty = steps.map((_, at) => noveltyAt(steps, at, reach));
  const mean = novelty.reduce((sum, value) => sum + value, 0) / novelty.length;
  const variance = novelty.reduce((sum, value) => sum + (value - mean) ** 2, 0) / novelty.length;
  const threshold = Math.max(0.02, mean + deviationsMin * Math.sqrt(variance));
  const spacing = Math.round(sectionSecondsMin / stepSeconds);
  const boundaries: number[] = [];
  for (let at = spacing; at <= steps.length - spacing; at++) {
    const around = novelty.slice(Math.max(0, at - spacing), at + spacing + 1);
    const isPeak = novelty[at]! >= threshold && novelty[at] === Math.max(...around);
    if (isPeak && at * stepSeconds - (boundaries.at(-1) ?? 0) >= sectionSecondsMin) {
      boundaries.push(at * stepSeconds);
    }
  }
  return boundaries;
}

/** Mean log power of each step and band, without each band's mean over the recording, as unit vectors. */
function averageSteps(mel: MelSpectrogram): Float64Array[] {
  const framesPerStep = Math.round(stepSeconds / hopSeconds);
  const count = Math.floor(mel.frames / framesPerStep);
  const mean = new Float64Array(melBands);
  const steps = Array.from({ length: count }, (_, step) => {
    const vector = new Float64Array(melBands);
    for (let t = step * framesPerStep; t < (step + 1) * framesPerStep; t++) {
      for (let band = 0; band < melBands; band++) {
        vector[band]! += mel.values[t * melBands + band]! / framesPerStep;
      }
    }
    for (let band = 0; band < melBands; band++) mean[band]! += vector[band]! / count;
    return vector;
  });
  for (const vector of steps) {
    let squares = 0.5;
    for (let band = 0; band < melBands; band++) {
      vector[band]! -= mean[band]!;
      squares += vector[band]! ** 2;
    }
    for (let band = 0; band < melBands; band++) vector[band]! /= Math.sqrt(squares);
  }
  return steps;
}

/** Likeness inside the two sides of `at` less the likeness across, tapered by a Gaussian; 0 near the ends. */
function noveltyAt(steps: readonly Float64Array[], at: number, reach: number): number {
  if (at < reach || at > steps.length - reach) return 0;
  let [sum, weights] = [0, 0];
  for (let i = -reach; i < reach; i++) {
    for (let j = -reach; j < reach; j++) {
      const weight = Math.exp(-2 * (((i + 0.5) / reach) ** 2 + ((j + 0.5) / reach) ** 2));
      const isSameSide = i < 0 === j < 0;
      sum += (isSameSide ? weight : -weight) * similarity(steps[at + i]!, steps[at + j]!);
      weights += weight;
    }
  }
  return sum / weights;
}

function similarity(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let band = 0; band < melBands; band++) sum += a[band]! * b[band]!;
  return sum;
}
