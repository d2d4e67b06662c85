import { blurred, sampleScaled } from './blur.ts';
import { clamp, type Color, color, fromOklab, luma, mix, smoothstep, toOklab } from './color.ts';
import type { Look } from './look.ts';
import { copyOf, cover, dim, put, sample, shade, shadeInBands } from './picture.ts';
import { drawRain, drawSnow } from './weather.ts';

const snowWhite = color('#f6f9ff');

/** Looks that put weather or a lens between the viewer and the picture. */
export const atmosphereLooks = {
  winter: {
    words: 'winter snow snowy snowfall blizzard christmas',
    grade(pixel) {
      const lab = toOklab(pixel);
      return fromOklab({ light: lab.light * 0.86 + 0.13, a: lab.a * 0.5 - 0.006, b: lab.b * 0.5 - 0.022 });
    },
    async paint(picture, { unit, random, noise, pause }) {
      const source = copyOf(picture);
      const reach = unit * 0.012;
      const read: Color = { red: 0, green: 0, blue: 0 };
      await shadeInBands(picture, pause, (pixel, x, y) => {
        // Snow settles where something dark begins under something light: on top of things.
        const above = luma(sample(source, x, y - reach, read));
        const below = luma(sample(source, x, y + reach, read));
        const settled = smoothstep(
          0.05,
          0.2,
          above - below + noise.at((x / unit) * 40, (y / unit) * 40) * 0.06,
        );
        const drift =
          smoothstep(0.62, 1, y / picture.height + noise.fractal((x / unit) * 3, 2, 3) * 0.12) * 0.55;
        cover(pixel, snowWhite, clamp(settled * 0.8 + drift));
      });
      drawSnow(picture, { unit, random, tint: snowWhite });
    },
  },
  rain: {
    words: 'rain rainy raining storm stormy drizzle wet',
    grade: (pixel) => mix(pixel, scaled(color('#5f7488'), 0.25 + luma(pixel) * 1.1), 0.55),
    async paint(picture, { unit, random }) {
      shade(picture, (pixel) => dim(pixel, 0.84));
      await drawRain(picture, { unit, random });
    },
  },
  fog: {
    words: 'fog foggy mist misty haze hazy smoke smoky',
    async paint(picture, { unit, noise, pause }) {
      const white = color('#dfe4e8');
      await shadeInBands(picture, pause, (pixel, x, y) => {
        const drift = noise.fractal((x / unit) * 1.8, (y / unit) * 4, 4);
        cover(pixel, white, clamp(0.42 + drift * 0.55 + 0.25 * (1 - y / picture.height) * 0.6));
      });
    },
  },
  blur: {
    words: 'blur blurred blurry bokeh defocused depth',
    paint(picture, { unit, words }) {
      const soft = blurred(picture, unit * 0.018);
      const read: Color = { red: 0, green: 0, blue: 0 };
      const keepsMiddle = words.includes('background') || words.includes('depth') || words.includes('bokeh');
      shade(picture, (pixel, x, y) => {
        const u = (x / picture.width - 0.5) / 0.34;
        const v = (y / picture.height - 0.54) / 0.46;
        const amount = keepsMiddle ? smoothstep(0.75, 1.15, Math.hypot(u, v)) : 1;
        if (amount === 0) return;
        const blurry = { ...sampleScaled(soft, picture, { x, y }, read) };
        cover(pixel, blurry, amount);
      });
    },
  },
  sharper: {
    words: 'sharp sharper sharpen crisp detailed clarity',
    paint(picture, { unit }) {
      const soft = blurred(picture, Math.max(1, unit * 0.003));
      const read: Color = { red: 0, green: 0, blue: 0 };
      shade(picture, (pixel, x, y) => {
        const { red, green, blue } = sampleScaled(soft, picture, { x, y }, read);
        put(pixel, {
          red: pixel.red + (pixel.red - red) * 0.9,
          green: pixel.green + (pixel.green - green) * 0.9,
          blue: pixel.blue + (pixel.blue - blue) * 0.9,
        });
      });
    },
  },
} satisfies Record<string, Look>;

function scaled({ red, green, blue }: Color, factor: number): Color {
  return { red: clamp(red * factor), green: clamp(green * factor), blue: clamp(blue * factor) };
}
