import { clamp, color, css, mix, smoothstep } from './color.ts';
import { cover, glow, put, shade } from './picture.ts';
import { pick } from './scene.ts';
import type { Layer } from './stage.ts';
import { drawSvg, px } from './svg-layer.ts';

/** A backdrop with a light behind the sitter. */
export const backdrop: Layer = {
  name: 'backdrop',
  paint({ picture, palette, noise, unit, scene }) {
    const outer = mix(palette.skyTop, palette.ink, 0.35);
    const middle = mix(palette.skyMiddle, palette.accent, 0.3);
    const inner = mix(palette.skyLow, palette.sun, 0.25);
    const y0 = picture.height * (scene.bust ? 0.4 : 0.45);
    shade(picture, (pixel, x, y) => {
      const cloth = noise.fractal((x / unit) * 2.2, (y / unit) * 2.2, 4) * 0.13;
      const distance = Math.hypot(x - picture.width / 2, y - y0) / (unit * 0.85) + cloth;
      put(pixel, outer);
      cover(pixel, middle, smoothstep(0.95, 0.35, distance));
      cover(pixel, inner, smoothstep(0.62, 0, distance) * 0.85);
    });
  },
};

/** A large disc and thin rings behind the sitter's head. */
export const halo: Layer = {
  name: 'halo',
  async paint({ picture, palette, unit, random }) {
    const x = picture.width / 2;
    const y = picture.height * 0.41;
    const radius = unit * 0.36;
    const tint = css(mix(palette.accent, palette.sun, 0.25));
    const kinds = [
      () => `<circle cx="${px(x)}" cy="${px(y)}" r="${px(radius)}" fill="url(#disc)"/>`,
      () =>
        `<circle cx="${px(x)}" cy="${px(y)}" r="${px(radius)}" fill="url(#disc)"/>${[1.12, 1.2, 1.3].map((part, index) => `<circle cx="${px(x)}" cy="${px(y)}" r="${px(radius * part)}" fill="none" stroke="${tint}" stroke-width="${px(unit * (0.006 - index * 0.0015))}" opacity="0.7"/>`).join('')}`,
      () => {
        const rays = Array.from({ length: 36 }, (_, index) => {
          const angle = (index / 36) * Math.PI * 2;
          const from = radius * 1.1;
          const to = radius * (index % 2 ? 1.24 : 1.42);
          return `M${px(x + Math.cos(angle) * from)} ${px(y + Math.sin(angle) * from)}L${px(x + Math.cos(angle) * to)} ${px(y + Math.sin(angle) * to)}`;
        });
        return `<circle cx="${px(x)}" cy="${px(y)}" r="${px(radius)}" fill="url(#disc)"/><path d="${rays.join('')}" stroke="${tint}" stroke-width="${px(unit * 0.006)}" stroke-linecap="round" opacity="0.75"/>`;
      },
    ];
    const stops = `<stop offset="0" stop-color="${tint}"/><stop offset="1" stop-color="${css(mix(palette.secondAccent, palette.skyMiddle, 0.35))}"/>`;
    await drawSvg(
      picture,
      `<defs><linearGradient id="disc" x1="0" x2="0" y1="0" y2="1">${stops}</linearGradient></defs>${pick(kinds, random)()}`,
      { opacity: 0.9 },
    );
  },
};

/** Lights out of focus. */
export const bokeh: Layer = {
  name: 'bokeh',
  paint({ picture, palette, unit, random }) {
    for (let index = 0; index < 26; index++) {
      const x = random() * picture.width;
      const y = random() * picture.height * 0.9;
      const radius = unit * (0.012 + 0.05 * random() ** 2);
      const tint = pick([palette.accent, palette.secondAccent, palette.sun, palette.skyLow], random);
      const strength = 0.08 + random() * 0.2;
      shade(
        picture,
        (pixel, column, row) => {
          const distance = Math.hypot(column - x, row - y) / radius;
          const disc = smoothstep(1, 0.9, distance) * (0.65 + 0.35 * smoothstep(0.6, 0.95, distance));
          glow(pixel, tint, clamp(disc * strength));
        },
        { left: x - radius, right: x + radius, top: y - radius, bottom: y + radius },
      );
    }
  },
};

/** A table that the light falls across, for a still life. */
export const table: Layer = {
  name: 'table',
  paint({ picture, palette, noise, unit, horizon, extraOctaves }) {
    const wood = mix(color('#8a5a3a'), palette.accent, 0.12);
    const bright = mix(wood, palette.sun, 0.45);
    const dark = mix(wood, palette.ink, 0.55);
    shade(
      picture,
      (pixel, x, y) => {
        const near = (y - horizon) / (picture.height - horizon);
        const rings = noise.fractal((x / unit) * 1.6 + 7, (y / unit) * 26, 3 + extraOctaves);
        const light = smoothstep(
          1,
          0,
          Math.hypot((x - picture.width * 0.42) / unit, (near - 0.25) * 0.9) * 1.25,
        );
        put(pixel, dark);
        cover(pixel, bright, clamp(light * 0.85 + rings * 0.16));
        cover(pixel, palette.ink, 0.4 * Math.exp(-near * 30));
      },
      { top: horizon },
    );
  },
};
