import type { Plane } from './picture.ts';

/** Where one row or column of canvas samples is read: between samples `first` and `second`, `weight` / 256 of the way. */
export interface Axis {
  first: Int32Array;
  second: Int32Array;
  weight: Int32Array;
}

/** Beyond its edge a plane goes on mirrored, from its other side, or with its last sample. */
export type EdgeRule = 'mirror' | 'wrap' | 'hold';

/** Canvas coordinate `c` shows the plane's canvas coordinate `origin + c / zoom`. */
export interface AxisView {
  origin: number;
  zoom: number;
  edge: EdgeRule;
}

/**
 * Finds where `count` samples of a canvas plane are read in a plane of `length` samples.
 * @param target density of the canvas plane
 * @param source density and phase of the plane that is read
 */
export function axisOf(
  view: AxisView,
  {
    count,
    length,
    target,
    source,
  }: {
    count: number;
    length: number;
    target: Pick<Plane, 'density' | 'phase'>;
    source: Pick<Plane, 'density' | 'phase'>;
  },
): Axis {
  const axis = { first: new Int32Array(count), second: new Int32Array(count), weight: new Int32Array(count) };
  const place = placeInside(view.edge, length);
  for (let i = 0; i < count; i++) {
    const canvas = (i + target.phase) / target.density;
    const position = (view.origin + canvas / view.zoom) * source.density - source.phase;
    // Whole positions reached with a rounding error must stay whole: an untouched picture is read as it is.
    const fine = Math.round(position * 256);
    axis.first[i] = place(fine >> 8);
    axis.second[i] = place((fine >> 8) + 1);
    axis.weight[i] = fine & 255;
  }
  return axis;
}

function placeInside(edge: EdgeRule, length: number): (index: number) => number {
  switch (edge) {
    case 'hold':
      return (index) => Math.min(length - 1, Math.max(0, index));
    case 'wrap':
      return (index) => ((index % length) + length) % length;
    case 'mirror':
      return (index) => {
        const inPair = ((index % (2 * length)) + 2 * length) % (2 * length);
        return inPair < length ? inPair : 2 * length - 1 - inPair;
      };
  }
}

/** Reads row `y` of the canvas into `into` from `offset`: bilinear, in integers. */
export function readRow(
  { samples, width }: Plane,
  { columns, rows, y }: { columns: Axis; rows: Axis; y: number },
  into: Uint8Array,
  offset: number,
): void {
  const { first, second, weight } = columns;
  const upper = rows.first[y]! * width;
  const lower = rows.second[y]! * width;
  const down = rows.weight[y]!;
  const count = first.length;
  for (let x = 0; x < count; x++) {
    const left = first[x]!;
    const right = second[x]!;
    const across = weight[x]!;
    const upperLeft = samples[upper + left]!;
    const lowerLeft = samples[lower + left]!;
    const above = (upperLeft << 8) + (samples[upper + right]! - upperLeft) * across;
    const below = (lowerLeft << 8) + (samples[lower + right]! - lowerLeft) * across;
    into[offset + x] = ((above << 8) + (below - above) * down + 32_768) >> 16;
  }
}

/**
 * Doubles a plane with samples half-way in between, by H.264's six-tap filter (1, −5, 20, 20, −5, 1) / 32; the
 * plane's own samples stay. Read bilinearly, the result keeps detail that plain bilinear reading would blur
 * whenever a moving picture falls between pixels.
 */
export function withHalfSamples(plane: Plane): Plane {
  const { width, height, samples, density, phase } = plane;
  const wide = new Uint8ClampedArray(width * 2 * height);
  for (let y = 0; y < height; y++) {
    const line = { from: y * width, step: 1, count: width };
    interpolateLine(samples, line, wide, { from: y * 2 * width, step: 1 });
  }
  const doubled = new Uint8ClampedArray(width * 2 * height * 2);
  for (let x = 0; x < 2 * width; x++) {
    const line = { from: x, step: 2 * width, count: height };
    interpolateLine(wide, line, doubled, { from: x, step: 2 * width });
  }
  return {
    width: 2 * width,
    height: 2 * height,
    samples: new Uint8Array(doubled.buffer),
    density: 2 * density,
    phase: 2 * phase,
  };
}

function interpolateLine(
  source: Uint8Array | Uint8ClampedArray,
  line: { from: number; step: number; count: number },
  target: Uint8ClampedArray,
  to: { from: number; step: number },
): void {
  const last = line.count - 1;
  const at = (i: number) => source[line.from + (i < 0 ? 0 : i > last ? last : i) * line.step]!;
  for (let i = 0; i < line.count; i++) {
    const near = 20 * (at(i) + at(i + 1)) - 5 * (at(i - 1) + at(i + 2)) + at(i - 2) + at(i + 3);
    target[to.from + 2 * i * to.step] = at(i);
    target[to.from + (2 * i + 1) * to.step] = (near + 16) >> 5;
  }
}
