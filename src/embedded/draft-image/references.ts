import { blurred, sampleScaled } from './blur.ts';
import { gradePicture } from './color-cube.ts';
import { clamp, type Color, fromOklab, luma, type Oklab, toOklab } from './color.ts';
import { readImage } from './image-file.ts';
import { type Picture, shade } from './picture.ts';

/** Mean and spread of a picture's colours in Oklab. */
interface ColorStatistics {
  mean: Oklab;
  deviation: Oklab;
}

/**
 * Reads every reference at a small size: only colours and broad shapes are used.
 * @throws EngineError `invalid_input` for one that can't be read
 */
export async function readReferences(paths: readonly string[]): Promise<Picture[]> {
  const images = await Promise.all(
    paths.map((path, index) =>
      readImage(path, { width: 96, height: 96, what: `reference image ${index + 1}` }),
    ),
  );
  return images.map(({ picture }) => picture);
}

/**
 * Gives `picture` the colours of the references: mean and spread of each Oklab channel are matched
 * (Reinhard et al. 2001, "Color transfer between images", in Oklab).
 * @param strength 0 leaves the picture as it is, 1 matches fully
 */
export function transferPalette(picture: Picture, references: readonly Picture[], strength: number): void {
  if (references.length === 0) return;
  const from = statisticsOf([picture]);
  const to = statisticsOf(references);
  gradePicture(picture, (color) => {
    const lab = toOklab(color);
    const match = (channel: keyof Oklab, spread: [number, number]) => {
      const ratio = to.deviation[channel] / Math.max(from.deviation[channel], 0.004);
      const matched =
        to.mean[channel] +
        (lab[channel] - from.mean[channel]) * Math.min(spread[1], Math.max(spread[0], ratio));
      return lab[channel] + (matched - lab[channel]) * strength;
    };
    // The spread of light is bounded more tightly: a flat reference must not wash the picture out.
    return fromOklab({
      light: match('light', [0.75, 1.3]),
      a: match('a', [0.3, 1.7]),
      b: match('b', [0.3, 1.7]),
    });
  });
}

/**
 * Lets the first reference guide where the picture is light and dark: its broad shapes, softly.
 * @param strength 0..1
 */
export function guideComposition(picture: Picture, reference: Picture, strength: number): void {
  const broad = blurred(reference, Math.max(2, Math.min(reference.width, reference.height) * 0.05));
  const mean = meanLuma(broad);
  const read: Color = { red: 0, green: 0, blue: 0 };
  shade(picture, (pixel, x, y) => {
    const offset = (luma(sampleScaled(broad, picture, { x, y }, read)) - mean) * strength;
    const factor = Math.max(0, 1 + offset * 1.6);
    pixel.red = clamp(pixel.red * factor + offset * 0.12);
    pixel.green = clamp(pixel.green * factor + offset * 0.12);
    pixel.blue = clamp(pixel.blue * factor + offset * 0.12);
  });
}

function meanLuma(picture: Picture): number {
  let sum = 0;
  shade(picture, (pixel) => {
    sum += luma(pixel);
  });
  return sum / (picture.width * picture.height);
}

/** Statistics of a few thousand evenly spread pixels of each picture. */
function statisticsOf(pictures: readonly Picture[]): ColorStatistics {
  const samples = pictures.flatMap((picture) => {
    const pixels = picture.width * picture.height;
    const step = Math.max(1, Math.floor(pixels / 4096));
    return Array.from({ length: Math.floor(pixels / step) }, (_, index) => {
      const at = index * step * 3;
      return toOklab({
        red: picture.rgb[at] ?? 0,
        green: picture.rgb[at + 1] ?? 0,
        blue: picture.rgb[at + 2] ?? 0,
      });
    });
  });
  const average = (value: (lab: Oklab) => number) =>
    samples.reduce((sum, lab) => sum + value(lab), 0) / samples.length;
  const mean = { light: average((lab) => lab.light), a: average((lab) => lab.a), b: average((lab) => lab.b) };
  const deviation = (channel: keyof Oklab) =>
    Math.sqrt(average((lab) => (lab[channel] - mean[channel]) ** 2));
  return { mean, deviation: { light: deviation('light'), a: deviation('a'), b: deviation('b') } };
}
