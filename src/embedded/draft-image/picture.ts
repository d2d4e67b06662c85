import { clamp, type Color } from './color.ts';

/** A picture being painted: interleaved sRGB parts as floats, so that no step before the last one rounds. */
export interface Picture {
  width: number;
  height: number;
  rgb: Float32Array;
}

/** Part of a picture in pixels; `right` and `bottom` are outside it. */
export interface Region {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export function createPicture(width: number, height: number): Picture {
  return { width, height, rgb: new Float32Array(width * height * 3) };
}

/**
 * Lets `paint` change every pixel of `region` (the whole picture by default) in place, row by row.
 * The pixel object is the same one each time.
 */
export function shade(
  picture: Picture,
  paint: (pixel: Color, x: number, y: number) => void,
  region: Partial<Region> = {},
): void {
  const { width, height, rgb } = picture;
  const left = Math.max(0, Math.floor(region.left ?? 0));
  const right = Math.min(width, Math.ceil(region.right ?? width));
  const bottom = Math.min(height, Math.ceil(region.bottom ?? height));
  const pixel: Color = { red: 0, green: 0, blue: 0 };
  for (let y = Math.max(0, Math.floor(region.top ?? 0)); y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const at = (y * width + x) * 3;
      pixel.red = rgb[at] ?? 0;
      pixel.green = rgb[at + 1] ?? 0;
      pixel.blue = rgb[at + 2] ?? 0;
      paint(pixel, x, y);
      rgb[at] = pixel.red;
      rgb[at + 1] = pixel.green;
      rgb[at + 2] = pixel.blue;
    }
  }
}

/** Pixels between two pauses: well under half a second of any paint. */
const bandPixels = 400_000;

/** Like {@link shade} over the whole picture, awaiting `pause` every few hundred thousand pixels. */
export async function shadeInBands(
  picture: Picture,
  pause: () => Promise<void>,
  paint: (pixel: Color, x: number, y: number) => void,
): Promise<void> {
  const rows = Math.max(1, Math.floor(bandPixels / picture.width));
  for (let top = 0; top < picture.height; top += rows) {
    await pause();
    shade(picture, paint, { top, bottom: top + rows });
  }
}

/** Moves `pixel` towards `target` by `amount`, 0..1. */
export function cover(pixel: Color, target: Color, amount: number): void {
  pixel.red += (target.red - pixel.red) * amount;
  pixel.green += (target.green - pixel.green) * amount;
  pixel.blue += (target.blue - pixel.blue) * amount;
}

/** Adds light: brightens without passing white ("screen"). */
export function glow(pixel: Color, light: Color, amount: number): void {
  pixel.red = 1 - (1 - pixel.red) * (1 - light.red * amount);
  pixel.green = 1 - (1 - pixel.green) * (1 - light.green * amount);
  pixel.blue = 1 - (1 - pixel.blue) * (1 - light.blue * amount);
}

/** Multiplies every part. */
export function dim(pixel: Color, factor: number): void {
  pixel.red *= factor;
  pixel.green *= factor;
  pixel.blue *= factor;
}

/** Sets a pixel. */
export function put(pixel: Color, { red, green, blue }: Color): void {
  pixel.red = red;
  pixel.green = green;
  pixel.blue = blue;
}

/** Reads the picture between pixels into `into`, bilinear, edges repeated. */
export function sample(picture: Picture, x: number, y: number, into: Color): Color {
  const { width, height, rgb } = picture;
  const column = Math.min(width - 1, Math.max(0, x));
  const row = Math.min(height - 1, Math.max(0, y));
  const left = Math.floor(column);
  const top = Math.floor(row);
  const u = column - left;
  const v = row - top;
  const upper = (top * width + left) * 3;
  const right = left + 1 < width ? 3 : 0;
  const lower = top + 1 < height ? upper + width * 3 : upper;
  const part = (offset: number) =>
    ((rgb[upper + offset] ?? 0) * (1 - u) + (rgb[upper + right + offset] ?? 0) * u) * (1 - v) +
    ((rgb[lower + offset] ?? 0) * (1 - u) + (rgb[lower + right + offset] ?? 0) * u) * v;
  into.red = part(0);
  into.green = part(1);
  into.blue = part(2);
  return into;
}

/** The picture as 8-bit RGB, rounded. */
export function toBytes({ rgb }: Picture): Uint8Array {
  const bytes = new Uint8Array(rgb.length);
  for (let at = 0; at < rgb.length; at++) bytes[at] = Math.round(clamp(rgb[at] ?? 0) * 255);
  return bytes;
}

/** A picture of 8-bit RGB. */
export function fromBytes(bytes: Uint8Array, size: { width: number; height: number }): Picture {
  const picture = createPicture(size.width, size.height);
  for (let at = 0; at < picture.rgb.length; at++) picture.rgb[at] = (bytes[at] ?? 0) / 255;
  return picture;
}

export function copyOf(picture: Picture): Picture {
  return { ...picture, rgb: picture.rgb.slice() };
}
