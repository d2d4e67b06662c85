import { clamp, type Color, color, css, mix, smoothstep } from './color.ts';
import { cover, dim, glow, type Picture, shade } from './picture.ts';
import { pick, type Weather } from './scene.ts';
import type { Layer } from './stage.ts';
import { drawSvg, px } from './svg-layer.ts';

/** Flakes, most of them far and small. `unit` as in `Stage`. */
export function drawSnow(
  picture: Picture,
  { unit, random, tint }: { unit: number; random: () => number; tint: Color },
): void {
  const count = Math.round((picture.width * picture.height * 420) / unit ** 2);
  for (let index = 0; index < count; index++) {
    const x = random() * picture.width;
    const y = random() * picture.height;
    const near = random() ** 4;
    const radius = 0.6 + unit * (0.0012 + 0.007 * near);
    shade(
      picture,
      (pixel, column, row) => {
        const distance = Math.hypot(column - x, row - y) / radius;
        cover(pixel, tint, 0.85 * smoothstep(1, 0.2 + 0.2 * (1 - near), distance) * (1 - near * 0.5));
      },
      { left: x - radius, right: x + radius + 1, top: y - radius, bottom: y + radius + 1 },
    );
  }
}

/** Slanting streaks of rain. `unit` as in `Stage`. */
export async function drawRain(
  picture: Picture,
  { unit, random }: { unit: number; random: () => number },
): Promise<void> {
  const streaks = Array.from({ length: 520 }, () => {
    const length = unit * (0.02 + random() * 0.06);
    return `M${px(random() * picture.width * 1.1)} ${px(random() * picture.height)}l${px(-length * 0.18)} ${px(length)}`;
  });
  const width = px(Math.max(0.7, unit * 0.0012));
  const shape = `<path d="${streaks.join('')}" stroke="#e8f0f8" stroke-width="${width}" stroke-linecap="round" fill="none"/>`;
  await drawSvg(picture, shape, { opacity: 0.3 });
}

const snowfall: Layer = {
  name: 'snow',
  paint: ({ picture, unit, random, palette }) =>
    drawSnow(picture, { unit, random, tint: mix(color('#ffffff'), palette.ambient, 0.15) }),
};

const rainfall: Layer = {
  name: 'rain',
  async paint({ picture, unit, random }) {
    await drawRain(picture, { unit, random });
    shade(picture, (pixel) => dim(pixel, 0.94));
  },
};

const fogBanks: Layer = {
  name: 'fog',
  paint({ picture, palette, noise, unit, horizon }) {
    shade(picture, (pixel, x, y) => {
      const drift = noise.fractal((x / unit) * 1.4, (y / unit) * 4.2, 4);
      const height = Math.exp(-(((y - horizon) / (unit * 0.3)) ** 2));
      cover(pixel, palette.haze, clamp((0.3 + drift * 0.75) * (0.25 + 0.75 * height)));
    });
  },
};

const petals: Layer = {
  name: 'petals',
  async paint({ picture, unit, random, palette, scene }) {
    const autumn = scene.moods.includes('autumn') || scene.words.includes('leaves');
    const tints = (autumn ? ['#d9762b', '#c24e22', '#e2a437'] : ['#f9c9d6', '#f4a9c0', '#fff0f4']).map(color);
    const shapes = Array.from({ length: 90 }, () => {
      const size = unit * (0.004 + 0.014 * random() ** 2);
      const place = `translate(${px(random() * picture.width)} ${px(random() * picture.height)}) rotate(${px(random() * 360)})`;
      return `<ellipse rx="${px(size)}" ry="${px(size * (0.35 + 0.4 * random()))}" transform="${place}" fill="${css(mix(pick(tints, random), palette.sun, 0.15))}" opacity="${px(0.55 + random() * 0.4)}"/>`;
    });
    await drawSvg(picture, shapes.join(''));
  },
};

/** What falls or drifts in front of the scene. Aurora belongs to the sky. */
export const weatherLayers: Record<Exclude<Weather, 'aurora'>, Layer> = {
  snow: snowfall,
  rain: rainfall,
  fog: fogBanks,
  petals,
};

/** Light through dust around the sun: ties foreground and background together. */
export const sunHaze: Layer = {
  name: 'haze',
  paint({ picture, palette, sun, unit }) {
    shade(picture, (pixel, x, y) => {
      const distance = Math.hypot(x - sun.x, y - sun.y) / (unit * 0.42);
      glow(pixel, palette.sun, Math.exp(-distance * distance) * (0.2 - palette.darkness * 0.1));
    });
  },
};
