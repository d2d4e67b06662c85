import { copyOf, createPicture, type Picture, sample, shade } from './picture.ts';

/**
 * A blurred copy at a reduced size; read it with {@link sampleScaled}. Three box blurs come close to a
 * Gaussian of `radius` pixels (Wells 1986); working on a smaller copy makes wide radii as cheap as narrow ones.
 */
export function blurred(picture: Picture, radius: number): Picture {
  const factor = Math.max(1, Math.floor(radius / 3));
  const small = factor > 1 ? shrunk(picture, factor) : copyOf(picture);
  const reach = Math.max(1, Math.round(radius / factor));
  for (let pass = 0; pass < 3; pass++) {
    boxBlur(small, { reach, length: small.width, lines: small.height, step: 3, lineStep: small.width * 3 });
    boxBlur(small, { reach, length: small.height, lines: small.width, step: small.width * 3, lineStep: 3 });
  }
  return small;
}

/** The mean of the square of `2 × reach + 1` pixels around every pixel. */
export function boxAveraged(picture: Picture, reach: number): Picture {
  const result = copyOf(picture);
  const { width, height } = picture;
  boxBlur(result, { reach, length: width, lines: height, step: 3, lineStep: width * 3 });
  boxBlur(result, { reach, length: height, lines: width, step: width * 3, lineStep: 3 });
  return result;
}

/** Averages blocks of `factor` × `factor` pixels; the last row and column may cover less. */
export function shrunk(picture: Picture, factor: number): Picture {
  const { width, height, rgb } = picture;
  const result = createPicture(Math.ceil(width / factor), Math.ceil(height / factor));
  shade(result, (pixel, column, row) => {
    const right = Math.min(width, (column + 1) * factor);
    const bottom = Math.min(height, (row + 1) * factor);
    let count = 0;
    for (let y = row * factor; y < bottom; y++) {
      for (let x = column * factor; x < right; x++) {
        const at = (y * width + x) * 3;
        pixel.red += rgb[at] ?? 0;
        pixel.green += rgb[at + 1] ?? 0;
        pixel.blue += rgb[at + 2] ?? 0;
        count++;
      }
    }
    pixel.red /= count;
    pixel.green /= count;
    pixel.blue /= count;
  });
  return result;
}

/** Reads a smaller copy as if it had the size of `full`. */
export function sampleScaled(
  small: Picture,
  full: Picture,
  at: { x: number; y: number },
  into: { red: number; green: number; blue: number },
): { red: number; green: number; blue: number } {
  const x = ((at.x + 0.5) * small.width) / full.width - 0.5;
  const y = ((at.y + 0.5) * small.height) / full.height - 0.5;
  return sample(small, x, y, into);
}

/** One running-mean pass along every line; edges repeat. */
function boxBlur(
  { rgb }: Picture,
  {
    reach,
    length,
    lines,
    step,
    lineStep,
  }: Record<'reach' | 'length' | 'lines' | 'step' | 'lineStep', number>,
): void {
  const line = new Float32Array(length);
  const span = 2 * reach + 1;
  const last = length - 1;
  for (let index = 0; index < lines * 3; index++) {
    const start = Math.floor(index / 3) * lineStep + (index % 3);
    for (let at = 0; at < length; at++) line[at] = rgb[start + at * step] ?? 0;
    let sum = 0;
    for (let at = -reach; at <= reach; at++) sum += line[Math.min(last, Math.max(0, at))] ?? 0;
    for (let at = 0; at < length; at++) {
      rgb[start + at * step] = sum / span;
      sum += (line[Math.min(last, at + reach + 1)] ?? 0) - (line[Math.max(0, at - reach)] ?? 0);
    }
  }
}
