import { EngineError } from '../serve.ts';
import { type BackgroundColour, backgroundColours, distanceToBackground } from './background-colours.ts';
import type { LabPicture, Picture } from './picture.ts';
import { blurPlane, createPlane, type Plane } from './plane.ts';
import { boundsOf, createMask, findRegions, invertMask, type Mask } from './regions.ts';

/** What of a picture is the subject. */
export interface Silhouette {
  /** 0 outside, 1 inside, between on the edge. */
  coverage: Plane;
  /** What told subject from background; `frame`: nothing did, the subject is the whole picture. */
  basis: 'alpha' | 'background' | 'frame';
  /** The subject's rectangle in pixels of `coverage`. */
  bounds: { left: number; top: number; width: number; height: number };
}

export interface HoleFilling {
  fillHoles: boolean;
  /** Holes with a longer outline stay open. Unit: the longest side of the subject. */
  perimeterMax: number;
}

/** Parts smaller than this share of the largest one are dirt. */
const partShareMin = 0.05;
/** Subjects in front of plain walls have up to 4, random tatters 7 and more. See {@link outlineDoubt}. */
const outlineDoubtMax = 6;
/** A background-coloured spot inside the subject is a hole from this share of the picture on. */
const holeShareMin = 0.001;

/**
 * Finds the subject: by transparency where the picture has it, else by the colours along its border.
 * @param rounds how often the background's colours are learnt anew from what was found to be background
 * @throws EngineError `invalid_input` when every pixel is transparent
 */
export function findSilhouette(
  { picture, lab }: { picture: Picture; lab: LabPicture },
  { rounds, holes }: { rounds: number; holes: HoleFilling },
): Silhouette {
  const alpha = coverageByAlpha(picture);
  if (alpha) return cleaned(alpha, 'alpha', holes);
  const byColour = coverageByBackground(lab, rounds);
  if (byColour) {
    const silhouette = cleaned(byColour, 'background', holes);
    if (isClearSubject(silhouette)) return silhouette;
  }
  const whole = createPlane(picture.width, picture.height);
  whole.values.fill(1);
  return {
    coverage: whole,
    basis: 'frame',
    bounds: { left: 0, top: 0, width: picture.width, height: picture.height },
  };
}

function coverageByAlpha({ width, height, rgba }: Picture): Plane | null {
  const coverage = createPlane(width, height);
  let transparent = 0;
  let visible = 0;
  for (let n = 0; n < coverage.values.length; n++) {
    const alpha = rgba[n * 4 + 3]! / 255;
    coverage.values[n] = alpha;
    if (alpha < 0.5) transparent++;
    else visible++;
  }
  if (visible === 0) throw new EngineError('invalid_input', 'The source image is fully transparent.');
  return transparent > coverage.values.length * 0.002 ? coverage : null;
}

function coverageByBackground(lab: LabPicture, rounds: number): Plane | null {
  const { width, height } = lab.lightness;
  const sides = borderPixels(width, height);
  const border = sides.flat();
  let distance = distanceToBackground(lab, sharedBySides(lab, sides));
  let background = floodFromBorder(distance, border);
  if (border.filter((n) => background.pixels[n] === 1).length < border.length * 0.5) return null;
  for (let round = 1; round < rounds; round++) {
    const found: number[] = [];
    background.pixels.forEach((pixel, n) => pixel === 1 && found.push(n));
    const refined = distanceToBackground(lab, backgroundColours(lab, found));
    const grown = floodFromBorder(refined, border);
    // More than a little growth means that the new colours eat the subject.
    if (countSet(grown) > found.length * 1.05) break;
    [distance, background] = [refined, grown];
  }
  if (outlineDoubt(background, distance) > outlineDoubtMax) return null;
  openHoles(background, distance);
  const coverage = createPlane(width, height);
  coverage.values.set(invertMask(background).pixels);
  // The majority around each pixel decides: takes off threads and closes cracks.
  return blurPlane(coverage, { radius: 1, passes: 2 });
}

/** The pixels along each of the four sides, a few deep. */
function borderPixels(width: number, height: number): number[][] {
  const depth = Math.max(2, Math.round(Math.min(width, height) * 0.015));
  const sides: number[][] = [[], [], [], []];
  for (let n = 0; n < width * height; n++) {
    const x = n % width;
    const y = Math.floor(n / width);
    if (y < depth) sides[0]!.push(n);
    else if (y >= height - depth) sides[1]!.push(n);
    else if (x < depth) sides[2]!.push(n);
    else if (x >= width - depth) sides[3]!.push(n);
  }
  return sides;
}

/** Border colours without those of a subject that is cut off by one side: they are on part of that side only. */
function sharedBySides(lab: LabPicture, sides: number[][]): BackgroundColour[] {
  const colours = backgroundColours(lab, sides.flat());
  return colours.filter((colour) => {
    const distance = distanceToBackground(lab, [colour]).values;
    const shares = sides.map((side) => side.filter((n) => distance[n]! < 1).length / side.length);
    return shares.filter((share) => share > 0.05).length >= 2 || Math.max(...shares) > 0.6;
  });
}

function floodFromBorder(distance: Plane, border: readonly number[]): Mask {
  const { width, height, values } = distance;
  const background = createMask(width, height);
  const open = border.filter((n) => values[n]! < 1);
  for (const n of open) background.pixels[n] = 1;
  const visit = (inside: boolean, n: number) => {
    if (!inside || background.pixels[n] === 1 || values[n]! >= 1) return;
    background.pixels[n] = 1;
    open.push(n);
  };
  for (let next = 0; next < open.length; next++) {
    const n = open[next]!;
    const x = n % width;
    visit(x > 0, n - 1);
    visit(x < width - 1, n + 1);
    visit(n >= width, n - width);
    visit(n < width * (height - 1), n + width);
  }
  return background;
}

/** Adds enclosed spots of clear background colour (a ring's middle) to the background. */
function openHoles(background: Mask, distance: Plane): void {
  const spots = createMask(background.width, background.height);
  for (let n = 0; n < spots.pixels.length; n++) {
    if (background.pixels[n] === 0 && distance.values[n]! < 0.7) spots.pixels[n] = 1;
  }
  for (const { pixels } of findRegions(spots)) {
    if (pixels.length < spots.pixels.length * holeShareMin) continue;
    for (const n of pixels) background.pixels[n] = 1;
  }
}

/** Drops dirt, fills the holes that are to be filled, and measures. */
function cleaned(coverage: Plane, basis: Silhouette['basis'], holes: HoleFilling): Silhouette {
  const { width, height, values } = coverage;
  const inside = createMask(width, height);
  for (let n = 0; n < values.length; n++) inside.pixels[n] = values[n]! >= 0.5 ? 1 : 0;
  const parts = findRegions(inside);
  const largest = parts.reduce((most, { pixels }) => Math.max(most, pixels.length), 0);
  for (const part of parts.filter(({ pixels }) => pixels.length < largest * partShareMin)) {
    for (const n of part.pixels) [values[n], inside.pixels[n]] = [0, 0];
  }
  const bounds = boundsOf(inside);
  const perimeterMax = holes.fillHoles ? holes.perimeterMax * Math.max(bounds.width, bounds.height) : 0;
  for (const gap of findRegions(invertMask(inside))) {
    if (gap.touchesBorder || gap.perimeter > perimeterMax) continue;
    for (const n of gap.pixels) values[n] = 1;
  }
  return { coverage, basis, bounds };
}

/**
 * How doubtful it is that this outline is a subject's: its length (beside the root of the area) over how far the
 * colours just inside are from the background's. Tatters that a threshold tears out of a texture are long and faint.
 */
function outlineDoubt(background: Mask, distance: Plane): number {
  const { width, height, pixels } = background;
  const reach = [-3, -2, 0, 2, 3].flatMap((step) => [step, step * width]);
  const contrasts: number[] = [];
  for (let n = 3 * width; n < width * (height - 3); n++) {
    if (pixels[n] === 1 || pixels[n - 1]! + pixels[n + 1]! + pixels[n - width]! + pixels[n + width]! === 0)
      continue;
    contrasts.push(Math.max(...reach.map((offset) => distance.values[n + offset]!)));
  }
  const contrast = contrasts.sort((a, b) => a - b)[Math.floor(contrasts.length / 2)] ?? 1;
  return contrasts.length / Math.sqrt(Math.max(1, pixels.length - countSet(background))) / contrast;
}

/** Neither a speck nor nearly everything. */
function isClearSubject({ coverage }: Silhouette): boolean {
  const inside = coverage.values.reduce((sum, value) => sum + (value >= 0.5 ? 1 : 0), 0);
  const share = inside / coverage.values.length;
  return share > 0.002 && share < 0.95;
}

function countSet(mask: Mask): number {
  return mask.pixels.reduce((sum, pixel) => sum + pixel, 0);
}
