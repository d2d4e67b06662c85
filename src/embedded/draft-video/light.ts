import type { Picture } from './picture.ts';

/** A soft round light on the picture. `x`, `y` and `radius` are fractions of its width, height and height. */
export interface Light {
  x: number;
  y: number;
  radius: number;
  /** Luma steps that it adds in its middle. */
  strength: number;
}

/** Adds light to luma. A Gaussian is a product of one across and one down, so that a multiplication a pixel does. */
export function drawLight(canvas: Picture, { x, y, radius, strength }: Light): void {
  if (strength < 0.5) return;
  const [{ samples, width, height }] = canvas.planes;
  const deviation = radius * height;
  const bell = (distance: number) => Math.exp(-(distance * distance) / (2 * deviation * deviation));
  const across = Int32Array.from({ length: width }, (_, column) =>
    Math.round(256 * bell(column + 0.5 - x * width)),
  );
  for (let row = 0; row < height; row++) {
    const down = Math.round(strength * 256 * bell(row + 0.5 - y * height));
    if (down < 64) continue;
    const offset = row * width;
    for (let column = 0; column < width; column++) {
      const lit = samples[offset + column]! + ((across[column]! * down + 32_768) >> 16);
      samples[offset + column] = lit > 235 ? 235 : lit;
    }
  }
}
