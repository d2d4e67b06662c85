import { sharp } from '../../media/sharp.ts';
import type { Colour, PackedPixels } from './picture.ts';

/** A colour of SVG; `opacity` 0..1. */
export function paint([red, green, blue]: Colour, opacity = 1): string {
  return `rgba(${Math.round(red)},${Math.round(green)},${Math.round(blue)},${opacity.toFixed(3)})`;
}

/** `amount` 0 gives `from`, 1 gives `to`. */
export function blend(from: Colour, to: Colour, amount: number): Colour {
  const mix = (i: 0 | 1 | 2) => from[i] + (to[i] - from[i]) * amount;
  return [mix(0), mix(1), mix(2)];
}

export interface Size {
  width: number;
  height: number;
}

/** Draws the inside of an SVG document of `size`; `scale` makes the pixels fewer than the document's units. */
export async function rasterise(
  content: string,
  { width, height }: Size,
): Promise<PackedPixels & { channels: 4 }> {
  const document = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${content}</svg>`;
  const { data } = await sharp(Buffer.from(document))
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width, height, channels: 4, pixels: new Uint8Array(data) };
}

/** Smooth noise of period 1: a sum of waves whose phases `random` draws. Its values lie in about −1..1. */
export function waves(random: () => number, { octaves, lowest }: { octaves: number; lowest: number }) {
  const parts = Array.from({ length: octaves }, (_, i) => ({
    cycles: Math.round(lowest * 1.9 ** i),
    height: 0.58 ** i,
    phase: random() * 2 * Math.PI,
  }));
  const sum = parts.reduce((total, part) => total + part.height, 0);
  return (at: number) =>
    parts.reduce(
      (total, { cycles, height, phase }) => total + height * Math.sin(2 * Math.PI * cycles * at + phase),
      0,
    ) /
    (0.7 * sum);
}
