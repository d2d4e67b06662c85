/** One number a pixel, row by row from the top. */
export interface Plane {
  width: number;
  height: number;
  values: Float32Array;
}

export function createPlane(width: number, height: number): Plane {
  return { width, height, values: new Float32Array(width * height) };
}

/**
 * A box blur of `radius` pixels, repeated: three passes come close to a Gaussian. Edges repeat their last pixel.
 * @returns a new plane
 */
export function blurPlane(plane: Plane, { radius, passes }: { radius: number; passes: number }): Plane {
  const result = { ...plane, values: plane.values.slice() };
  if (radius < 1) return result;
  const { width, height, values } = result;
  for (let pass = 0; pass < passes; pass++) {
    for (let y = 0; y < height; y++) blurLine(values, { start: y * width, stride: 1, length: width, radius });
    for (let x = 0; x < width; x++) blurLine(values, { start: x, stride: width, length: height, radius });
  }
  return result;
}

function blurLine(
  values: Float32Array,
  { start, stride, length, radius }: { start: number; stride: number; length: number; radius: number },
): void {
  const line = new Float32Array(length);
  for (let n = 0; n < length; n++) line[n] = values[start + n * stride]!;
  const at = (n: number) => line[Math.min(length - 1, Math.max(0, n))]!;
  let sum = 0;
  for (let n = -radius; n <= radius; n++) sum += at(n);
  for (let n = 0; n < length; n++) {
    values[start + n * stride] = sum / (2 * radius + 1);
    sum += at(n + radius + 1) - at(n - radius);
  }
}

/** Bilinear value at pixel-centre coordinates; outside the plane, that of its nearest edge pixel. */
export function samplePlane(plane: Plane, x: number, y: number): number {
  const { width, height, values } = plane;
  const left = Math.min(width - 1, Math.max(0, x));
  const top = Math.min(height - 1, Math.max(0, y));
  const column = Math.min(width - 2, Math.floor(left));
  const row = Math.min(height - 2, Math.floor(top));
  const across = left - column;
  const down = top - row;
  const first = row * width + column;
  const upper = values[first]! + (values[first + 1]! - values[first]!) * across;
  const lower = values[first + width]! + (values[first + width + 1]! - values[first + width]!) * across;
  return upper + (lower - upper) * down;
}

/** 0 below `from`, 1 above `to`, smooth between. */
export function smoothStep(from: number, to: number, value: number): number {
  const t = Math.min(1, Math.max(0, (value - from) / (to - from)));
  return t * t * (3 - 2 * t);
}
