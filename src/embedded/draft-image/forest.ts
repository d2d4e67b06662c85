import { clamp, color, css, lit, mix, smoothstep } from './color.ts';
import { cover, glow, put, shade } from './picture.ts';
import type { Layer } from './stage.ts';
import { drawSvg, px } from './svg-layer.ts';
import { drawTreeRow } from './trees.ts';

/** Rows of trees from the mist to the viewer, with fog lying between them. */
export const forestDepth: Layer = {
  name: 'forest',
  async paint(stage) {
    const { picture, horizon, unit, palette, noise, scene } = stage;
    const rows = 5;
    for (let index = 0; index < rows; index++) {
      await stage.pause();
      const near = index / (rows - 1);
      const base = horizon + (picture.height - horizon) * near * 0.55;
      await drawTreeRow(stage, {
        base,
        height:
          unit * (0.4 + near * (scene.moods.includes('autumn') || scene.moods.includes('lush') ? 0.3 : 0.5)),
        spacing: 0.16 + near * 0.2,
        distance: 0.86 * (1 - near) ** 0.8,
        ...(near > 0.2 ? { clearing: [0.5 - 0.12 - near * 0.16, 0.5 + 0.12 + near * 0.16] } : {}),
      });
      const fog = 0.55 * (1 - near * 0.8);
      shade(
        picture,
        (pixel, x, y) => {
          const drift = noise.fractal((x / unit) * 1.6 + index * 5, (y / unit) * 4, 3);
          const lying = smoothstep(base - unit * 0.28, base, y + drift * unit * 0.12);
          cover(pixel, palette.haze, clamp(fog * lying));
        },
        { top: base - unit * 0.4 },
      );
    }
  },
};

/** The floor: moss, leaves or snow, darker towards the viewer, with a lighter path. */
export const forestFloor: Layer = {
  name: 'forest floor',
  paint({ picture, horizon, unit, palette, noise, scene, extraOctaves }) {
    const own = scene.moods.includes('cold')
      ? '#eef4fa'
      : scene.moods.includes('autumn')
        ? '#a35a2a'
        : '#40633a';
    const floor = lit(color(own), palette.ambient);
    const dark = mix(floor, palette.ink, scene.moods.includes('cold') ? 0.35 : 0.75);
    const path = mix(mix(floor, palette.haze, 0.5), palette.sun, 0.15);
    const top = horizon + (picture.height - horizon) * 0.12;
    shade(
      picture,
      (pixel, x, y) => {
        const bumps = noise.fractal((x / unit) * 3, (y / unit) * 9, 3) * unit * 0.025;
        const near = (y + bumps - top) / (picture.height - top);
        if (near < 0) return;
        const ground = { ...floor };
        const texture = noise.fractal((x / unit) * 16, (y / unit) * 40, 3 + extraOctaves);
        cover(ground, dark, clamp(near * 0.75 + texture * 0.3));
        const bend = picture.width / 2 + noise.at(near * 2.2, 3) * unit * 0.12;
        const width = unit * (0.035 + 0.24 * near ** 1.3);
        cover(
          ground,
          path,
          0.7 * smoothstep(1.25, 0.6, Math.abs(x - bend) / width + texture * 0.25) * (1 - near * 0.35),
        );
        cover(ground, palette.haze, clamp(0.6 - near * 1.4));
        cover(pixel, ground, smoothstep(0, 0.06, near));
      },
      { top: top - unit * 0.03 },
    );
  },
};

/** Rays from the sun through gaps in the leaves. */
export const lightShafts: Layer = {
  name: 'light shafts',
  paint({ picture, palette, noise, unit, sun, scene }) {
    if (scene.light === 'overcast' || scene.light === 'storm') return;
    const x0 = sun.x;
    const y0 = Math.min(sun.y, picture.height * 0.12);
    shade(picture, (pixel, x, y) => {
      const angle = Math.atan2(x - x0, y - y0 + unit * 0.3);
      const ray = smoothstep(0.05, 0.6, noise.fractal(angle * 9, 2, 3));
      const fade = Math.exp(-Math.hypot(x - x0, y - y0) / (unit * 0.6));
      glow(pixel, palette.sun, ray * fade * 0.5 * (1 - palette.darkness * 0.5));
    });
  },
};

/** Two or three big trunks close to the viewer, at the sides. */
export const nearTrunks: Layer = {
  name: 'near trunks',
  async paint({ picture, palette, random, unit, scene }) {
    const { width, height } = picture;
    const bark = mix(
      lit(color(scene.words.includes('birch') ? '#d9d4c8' : '#4a382d'), palette.ambient),
      palette.ink,
      0.68,
    );
    const edge = mix(bark, palette.sun, 0.28);
    const sides = [0.02 + random() * 0.07, 0.93 + random() * 0.05];
    const trunks = sides.map((at) => {
      const x = at * width;
      const half = unit * (0.018 + random() * 0.022);
      const lean = unit * 0.04 * (random() - 0.5);
      return `<path d="M${px(x - half * 1.7)} ${px(height)}Q${px(x - half)} ${px(height * 0.85)} ${px(x - half + lean)} 0H${px(x + half * 0.9 + lean)}Q${px(x + half)} ${px(height * 0.85)} ${px(x + half * 1.9)} ${px(height)}Z" fill="url(#bark)"/>`;
    });
    const stops = `<stop offset="0" stop-color="${css(bark)}"/><stop offset="0.8" stop-color="${css(bark)}"/><stop offset="1" stop-color="${css(edge)}"/>`;
    await drawSvg(
      picture,
      `<defs><linearGradient id="bark">${stops}</linearGradient></defs>${trunks.join('')}`,
    );
  },
};

/** A sky mostly hidden: bright mist between the trees. */
export const forestLight: Layer = {
  name: 'forest light',
  paint({ picture, palette, horizon, unit, sun }) {
    const top = mix(palette.skyMiddle, palette.skyTop, 0.4);
    const low = mix(palette.haze, palette.sun, 0.2);
    shade(picture, (pixel, x, y) => {
      put(pixel, top);
      cover(pixel, low, smoothstep(-0.1, 0.9, y / horizon));
      const distance = Math.hypot(x - sun.x, y - sun.y) / (unit * 0.5);
      glow(pixel, palette.sun, 0.55 * Math.exp(-distance * distance) * (1 - palette.darkness * 0.6));
    });
  },
};
