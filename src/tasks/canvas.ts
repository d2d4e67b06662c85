import type { InputIssue } from '../errors.ts';
import type { StagedMedia } from '../media/staged-media.ts';

export interface Size {
  width: number;
  height: number;
}

/** Sides of a picture are multiples of this. */
export const sideStep = 32;
export const sideMin = 64;
export const sideMax = 4096;
/** "4 MP": 2048 × 2048. */
export const pixelsMax = 4_194_304;

export function megapixels({ width, height }: Size): number {
  return (width * height) / 1e6;
}

/** `1.57 MP`. */
export function megapixelWords(size: Size): string {
  return `${Number(megapixels(size).toPrecision(3))} MP`;
}

export function sizeWords({ width, height }: Size): string {
  return `${width}x${height}`;
}

/** Width and height come together and make at most 4 MP. */
export function sizeIssues(
  values: { width?: number | undefined; height?: number | undefined },
  isGiven: (field: 'width' | 'height') => boolean,
): InputIssue[] {
  const { width, height } = values;
  for (const [field, other] of [['width', 'height'] as const, ['height', 'width'] as const]) {
    if (isGiven(other) && !isGiven(field)) {
      return [{ path: `/input/${field}`, message: `is required together with \`${other}\`.` }];
    }
  }
  if (width === undefined || height === undefined || width * height <= pixelsMax) return [];
  const heightMax = Math.floor(pixelsMax / width / sideStep) * sideStep;
  const message = `makes ${(width * height).toLocaleString('en')} pixels with width ${width}; at most 4 MP (4,194,304) are made.`;
  return [{ path: '/input/height', message, allowed: [`${sideMin}..${heightMax}`] }];
}

/** Width and height of a staged picture, or null where its file doesn't say. */
export function sizeOf({ width, height }: StagedMedia): Size | null {
  return width && height ? { width, height } : null;
}

/**
 * The largest size of `source`'s shape that an output may have, not larger than `source` unless a side would be
 * too short: at most 4 MP and 4096 a side, at least 64 a side, sides rounded to the nearest multiple of 32.
 */
export function fitSize(source: Size): Size {
  const scaled = scaleToFit(source);
  const fitted = { width: roundSide(scaled.width), height: roundSide(scaled.height) };
  while (fitted.width * fitted.height > pixelsMax) {
    // Rounding up has overshot: take the step back where it changes the shape least.
    if (fitted.width >= fitted.height) fitted.width -= sideStep;
    else fitted.height -= sideStep;
  }
  return fitted;
}

/** As {@link fitSize}, before rounding. */
export function scaleToFit({ width, height }: Size): Size {
  const shrink = Math.min(1, Math.sqrt(pixelsMax / (width * height)), sideMax / Math.max(width, height));
  const grow = Math.max(1, sideMin / Math.min(width, height));
  const scale = shrink < 1 ? shrink : Math.min(grow, sideMax / Math.max(width, height));
  return { width: width * scale, height: height * scale };
}

function roundSide(side: number): number {
  return Math.min(sideMax, Math.max(sideMin, Math.round(side / sideStep) * sideStep));
}
