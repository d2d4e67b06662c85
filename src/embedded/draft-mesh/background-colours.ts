import type { LabPicture } from './picture.ts';
import { createPlane, type Plane } from './plane.ts';

/** A group of like colours of the background. */
export interface BackgroundColour {
  lightness: number;
  a: number;
  b: number;
  /** OKLab distance up to which a pixel counts as this colour. */
  tolerance: number;
}

const coloursMax = 8;
const roundsOfMeans = 8;
/** A shadow on the background is darker, up to `shadowDepth`, and little else: so far, being darker counts for less. */
const shadowDepth = 0.12;
const shadowWeight = 0.35;
const toleranceMin = 0.035;
const toleranceMax = 0.09;

/** The colours that the given pixels (indices) have, found by k-means from far-apart starts: no chance in it. */
export function backgroundColours(lab: LabPicture, pixels: readonly number[]): BackgroundColour[] {
  const spread = Math.max(1, Math.floor(pixels.length / 6000));
  const samples = pixels.filter((_, n) => n % spread === 0).map((pixel) => colourAt(lab, pixel));
  let means = farApart(samples);
  for (let round = 0; round < roundsOfMeans; round++) {
    const groups = groupByNearest(samples, means);
    means = groups.filter((group) => group.length > 0).map(meanColour);
  }
  const groups = groupByNearest(samples, means);
  return means.flatMap((mean, n) => {
    const members = groups[n] ?? [];
    if (members.length < samples.length * 0.01) return [];
    const variance = members.reduce((sum, member) => sum + distanceSquared(member, mean), 0) / members.length;
    const tolerance = Math.min(toleranceMax, Math.max(toleranceMin, 3.5 * Math.sqrt(variance)));
    return [{ ...mean, tolerance }];
  });
}

/** How far each pixel is from the background: 1 is the edge of the tolerance, 0 the very colour. */
export function distanceToBackground(lab: LabPicture, colours: readonly BackgroundColour[]): Plane {
  const { width, height } = lab.lightness;
  const distance = createPlane(width, height);
  for (let n = 0; n < distance.values.length; n++) {
    const pixel = colourAt(lab, n);
    let nearest = Infinity;
    for (const colour of colours) {
      const squared = distanceSquared(pixel, colour) / (colour.tolerance * colour.tolerance);
      if (squared < nearest) nearest = squared;
    }
    distance.values[n] = Math.sqrt(nearest);
  }
  return distance;
}

type Colour = Pick<BackgroundColour, 'lightness' | 'a' | 'b'>;

function colourAt(lab: LabPicture, n: number): Colour {
  return { lightness: lab.lightness.values[n]!, a: lab.a.values[n]!, b: lab.b.values[n]! };
}

function distanceSquared(pixel: Colour, reference: Colour): number {
  const darker = reference.lightness - pixel.lightness;
  const shadow = Math.min(shadowDepth, Math.max(0, darker));
  const dl = darker - shadow * (1 - shadowWeight);
  const da = pixel.a - reference.a;
  const db = pixel.b - reference.b;
  return dl * dl + da * da + db * db;
}

function farApart(samples: readonly Colour[]): Colour[] {
  const starts = [meanColour(samples)];
  while (starts.length < coloursMax) {
    const gaps = samples.map((sample) => Math.min(...starts.map((start) => distanceSquared(sample, start))));
    const widest = gaps.reduce((best, gap, n) => (gap > gaps[best]! ? n : best), 0);
    if (gaps[widest]! < toleranceMin * toleranceMin) break;
    starts.push(samples[widest]!);
  }
  return starts;
}

function groupByNearest(samples: readonly Colour[], means: readonly Colour[]): Colour[][] {
  const groups: Colour[][] = means.map(() => []);
  for (const sample of samples) {
    const gaps = means.map((mean) => distanceSquared(sample, mean));
    groups[gaps.indexOf(Math.min(...gaps))]!.push(sample);
  }
  return groups;
}

function meanColour(samples: readonly Colour[]): Colour {
  const sum = { lightness: 0, a: 0, b: 0 };
  for (const sample of samples) {
    sum.lightness += sample.lightness / samples.length;
    sum.a += sample.a / samples.length;
    sum.b += sample.b / samples.length;
  }
  return sum;
}
