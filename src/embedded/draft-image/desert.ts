import { clamp, color, css, lit, mix, smoothstep } from './color.ts';
import { cover, put, shade } from './picture.ts';
import type { Layer, Stage } from './stage.ts';
import { drawSvg, px } from './svg-layer.ts';

/** Dunes behind each other: long crests, a bright side towards the sun and a dark one, wind ripples near by. */
export const dunes: Layer = {
  name: 'dunes',
  async paint(stage) {
    const count = 5;
    for (let index = 0; index < count; index++) {
      await stage.pause();
      paintDune(stage, index, (index + 1) / count);
    }
  },
};

function paintDune(
  { picture, palette, noise, unit, horizon, sun, extraOctaves }: Stage,
  index: number,
  near: number,
): void {
  const base = horizon + (picture.height - horizon) * (near - 0.2) ** 1.4 * 1.05;
  const scale = unit * (0.5 + near * 0.9);
  const amplitude = unit * (0.07 + near * 0.17);
  const offset = index * 33.3;
  // One-sided crests: the noise's own steepness bends the wave, the way wind does.
  const crest = Float32Array.from({ length: picture.width }, (_, x) => {
    const u = x / scale + offset;
    const wave = 1 - Math.abs(noise.at(u, offset)) * 2;
    return base - amplitude * (0.55 * wave + 0.45 * noise.at(u * 0.5, offset + 7)) - unit * 0.012;
  });
  const from = sun.x > picture.width / 2 ? 1 : -1;
  const sand = lit(color('#d99a5b'), mix(palette.ambient, color('#ffffff'), 0.25));
  const bright = mix(sand, palette.sun, 0.42);
  const dark = mix(mix(sand, palette.skyTop, 0.45), palette.ink, 0.42);
  const ahead = Math.round(scale * 0.05);
  shade(
    picture,
    (pixel, x, y) => {
      const below = y - (crest[x] ?? 0);
      if (below < -0.5) return;
      const shifted = Math.min(
        picture.width - 1 - ahead,
        Math.max(ahead, Math.round(x + below * 0.9 * from)),
      );
      const slope = ((crest[shifted + ahead] ?? 0) - (crest[shifted - ahead] ?? 0)) / (2 * ahead);
      const wind = noise.fractal((x / unit) * 3 + index, (y / unit) * 3, 2);
      const ripple =
        Math.sin((below / unit) * 260 * (1.3 - near) + wind * 9 + (x / unit) * 14 * from) * 0.09 * near;
      const speck = extraOctaves > 0 ? noise.at(x * 0.7, y * 0.7) * 0.05 : 0;
      const surface = { ...dark };
      cover(
        surface,
        bright,
        clamp(smoothstep(-0.2, 0.16, slope * from) * 0.9 + 0.08 * wind + ripple + speck),
      );
      cover(surface, palette.haze, clamp(0.6 * (1 - near) + 0.03));
      if (below < 0.5) cover(pixel, surface, clamp(below + 0.5));
      else put(pixel, surface);
    },
    { top: Math.min(...crest) - 1 },
  );
}

/** A few cacti as silhouettes, left out on Mars. */
export const cacti: Layer = {
  name: 'cacti',
  async paint({ picture, palette, random, unit, scene }) {
    if (scene.moods.includes('mars') && !scene.words.includes('cactus')) return;
    const fill = css(mix(mix(color('#2f4a35'), palette.ink, 0.5), palette.haze, 0.08));
    const plants = [0.08 + random() * 0.12, 0.8 + random() * 0.14].map((at, index) => {
      const size = unit * (0.2 + random() * 0.14) * (index === 0 ? 1 : 0.75);
      const x = at * picture.width;
      const y = picture.height * (0.93 - index * 0.08);
      const arm = (side: number, low: number, high: number) =>
        `M${px(x)} ${px(y - size * low)}h${px(side * size * 0.2)}q${px(side * size * 0.07)} 0 ${px(side * size * 0.07)} ${px(-size * 0.08)}V${px(y - size * high)}`;
      return `<path d="M${px(x)} ${px(y)}V${px(y - size)}${arm(-1, 0.35, 0.72)}${arm(1, 0.5, 0.86)}" fill="none" stroke="${fill}" stroke-width="${px(size * 0.11)}" stroke-linecap="round" stroke-linejoin="round"/>`;
    });
    await drawSvg(picture, plants.join(''));
  },
};
