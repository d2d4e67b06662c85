import type { CutOut, CutOutPlane, Picture, Plane } from './picture.ts';
import { type Axis, axisOf, type AxisView, readRow } from './sampling.ts';

/** How a picture lies on the canvas. */
export interface View {
  across: AxisView;
  down: AxisView;
}

/** The picture as it is, pixel on pixel. */
export const straight: View = {
  across: { origin: 0, zoom: 1, edge: 'mirror' },
  down: { origin: 0, zoom: 1, edge: 'mirror' },
};

/** Canvas rows `from` up to, not with, `to`. */
export interface RowRange {
  from: number;
  to: number;
}

/** Draws `picture` over the canvas, mixed with what is there by `opacity` 0..1. */
export function drawStill(
  canvas: Picture,
  picture: Picture,
  view: View,
  { opacity = 1, rows = { from: 0, to: canvas.height } }: { opacity?: number; rows?: RowRange } = {},
): void {
  const mix = Math.round(opacity * 256);
  if (mix <= 0) return;
  for (const [i, target] of canvas.planes.entries()) {
    const source = picture.planes[i]!;
    const axes = axesOf(target, source, view);
    const line = new Uint8Array(target.width);
    const { from, to } = rowsOf(target, rows);
    for (let y = from; y < to; y++) {
      const offset = y * target.width;
      if (mix >= 256) readRow(source, { ...axes, y }, target.samples, offset);
      else {
        readRow(source, { ...axes, y }, line, 0);
        mixRow(target.samples, offset, line, mix);
      }
    }
  }
}

export interface CutOutStyle {
  rows: RowRange;
  /** One table for each plane, through which its samples go. */
  tones: readonly Uint8Array[];
  /** 0..1, on top of the cut-out's own alpha. */
  opacity: number;
}

/** Draws a cut-out over the canvas. */
export function drawCutOut(
  canvas: Picture,
  cutOut: CutOut,
  view: View,
  { rows, tones, opacity }: CutOutStyle,
): void {
  const strength = Math.round(opacity * 256);
  for (const [i, target] of canvas.planes.entries()) {
    const source = cutOut.planes[i]!;
    const axes = axesOf(target, source, view);
    const { from, to } = rowsOf(target, rows);
    for (let y = from; y < to; y++) coverRow(target, source, { ...axes, y, tone: tones[i]!, strength });
  }
}

function rowsOf({ density, height }: Plane, { from, to }: RowRange): RowRange {
  return { from: Math.max(0, Math.floor(from * density)), to: Math.min(height, Math.ceil(to * density)) };
}

function axesOf(
  target: Plane,
  source: Plane | CutOutPlane,
  { across, down }: View,
): { columns: Axis; rows: Axis } {
  return {
    columns: axisOf(across, { count: target.width, length: source.width, target, source }),
    rows: axisOf(down, { count: target.height, length: source.height, target, source }),
  };
}

function mixRow(samples: Uint8Array, offset: number, line: Uint8Array, mix: number): void {
  for (let x = 0; x < line.length; x++) {
    const under = samples[offset + x]!;
    samples[offset + x] = under + (((line[x]! - under) * mix + 128) >> 8);
  }
}

/** Reads row `y` of a cut-out, bilinear in integers, value and alpha at once, and lays it over the target's row. */
function coverRow(
  { samples: target, width }: Plane,
  { samples, width: sourceWidth }: CutOutPlane,
  row: { columns: Axis; rows: Axis; y: number; tone: Uint8Array; strength: number },
): void {
  const { columns, rows, y, tone, strength } = row;
  const { first, second, weight } = columns;
  const upper = rows.first[y]! * sourceWidth;
  const lower = rows.second[y]! * sourceWidth;
  const down = rows.weight[y]!;
  const offset = y * width;
  for (let x = 0; x < width; x++) {
    const left = first[x]!;
    const right = second[x]!;
    const upperLeft = samples[upper + left]!;
    const upperRight = samples[upper + right]!;
    const lowerLeft = samples[lower + left]!;
    const lowerRight = samples[lower + right]!;
    if ((upperLeft | upperRight | lowerLeft | lowerRight) < 65_536) continue;
    const across = weight[x]!;
    const above = mixPairs(upperLeft, upperRight, across);
    const both = mixPairs(above, mixPairs(lowerLeft, lowerRight, across), down);
    const cover = both >>> 16;
    const under = target[offset + x]!;
    const mix = (cover + (cover >> 7)) * strength;
    target[offset + x] = under + (((tone[both & 255]! - under) * mix + 32_768) >> 16);
  }
}

/** Mixes value and alpha of two samples at once; `weight` 0..256 is the second's. Both stay below 2¹⁶ on the way. */
function mixPairs(one: number, other: number, weight: number): number {
  return ((Math.imul(one, 256 - weight) + Math.imul(other, weight)) >>> 8) & 0xff00ff;
}
