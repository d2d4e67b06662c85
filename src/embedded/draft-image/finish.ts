import { blurred, sampleScaled } from './blur.ts';
import { clamp, type Color, luma, smoothstep } from './color.ts';
import type { Noise } from './noise.ts';
import { copyOf, dim, glow, type Picture, shade } from './picture.ts';

/** Light spills over from what is bright. `strength` about 0.2–0.8, `radius` in pixels. */
export function bloom(
  picture: Picture,
  { strength, radius, threshold = 0.62 }: { strength: number; radius: number; threshold?: number },
): void {
  const bright = copyOf(picture);
  shade(bright, (pixel) =>
    dim(pixel, smoothstep(threshold, 1, Math.max(luma(pixel), pixel.red * 0.9, pixel.blue * 0.9))),
  );
  const halo = blurred(bright, radius);
  const light: Color = { red: 0, green: 0, blue: 0 };
  shade(picture, (pixel, x, y) => glow(pixel, sampleScaled(halo, picture, { x, y }, light), strength));
}

/** Darkens towards the corners. */
export function vignette(picture: Picture, strength: number): void {
  const { width, height } = picture;
  shade(picture, (pixel, x, y) => {
    const distance = Math.hypot((x / width - 0.5) * 1.25, (y / height - 0.5) * 1.25);
    dim(pixel, 1 - strength * smoothstep(0.35, 0.95, distance));
  });
}

/** Film grain of one picture pixel; also hides the steps of 8-bit gradients. */
export function grain(picture: Picture, noise: Noise, strength: number): void {
  shade(picture, (pixel, x, y) => {
    const speck = noise.at(x * 0.83, y * 0.83) + 0.6 * noise.at(x * 0.41 + 50, y * 0.41);
    const amount = speck * strength * (0.6 + 0.8 * (0.5 - Math.abs(luma(pixel) - 0.5)));
    pixel.red += amount;
    pixel.green += amount;
    pixel.blue += amount;
  });
}

/** A gentle S-curve and more colour. `contrast` and `saturation` 0 leave the picture as it is. */
export function tone(
  picture: Picture,
  { contrast, saturation }: { contrast: number; saturation: number },
): void {
  const curve = (part: number) => {
    const value = clamp(part);
    return value + contrast * (value * value * (3 - 2 * value) - value);
  };
  shade(picture, (pixel) => {
    const light = luma(pixel);
    pixel.red = curve(light + (pixel.red - light) * (1 + saturation));
    pixel.green = curve(light + (pixel.green - light) * (1 + saturation));
    pixel.blue = curve(light + (pixel.blue - light) * (1 + saturation));
  });
}
