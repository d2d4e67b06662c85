import { clamp, type Color, color, lit, mix, smoothstep } from './color.ts';
import { cover, glow, put, sample, shade } from './picture.ts';
import type { Layer } from './stage.ts';

/**
 * Water from the horizon down: a mirror of what is above it, broken by waves that grow towards the viewer.
 * @param options.roughness 0 is a mirror, 1 open sea
 */
export function water(options: { roughness: number; tint?: string }): Layer {
  return {
    name: 'water',
    paint({ picture, palette, noise, unit, horizon, sun, extraOctaves, scene }) {
      const deep = lit(mix(color(options.tint ?? '#1c5f7a'), palette.skyTop, 0.4), palette.ambient);
      const depth = picture.height - horizon;
      const mirrored: Color = { red: 0, green: 0, blue: 0 };
      const octaves = 3 + extraOctaves;
      const sunny = scene.light !== 'overcast' && scene.light !== 'storm';
      shade(
        picture,
        (pixel, x, y) => {
          const below = y - horizon;
          const near = below / depth;
          // Seen at a slant, waves look wide and flat far away and open up near by.
          const distance = 1 / (near + 0.06);
          const u = ((x - picture.width / 2) / unit) * (1.2 + distance * 0.9);
          const v = distance * (3 + options.roughness * 3);
          const wave = noise.fractal(u * 2.2, v * 2.4, octaves);
          const push = wave * unit * (0.012 + 0.075 * options.roughness * near + 0.02 * near);
          const row = horizon - 1 - Math.max(0, below * (1 + options.roughness * 0.5) + push);
          sample(picture, x + wave * unit * 0.012 * (1 + options.roughness), Math.max(row, 0), mirrored);
          cover(mirrored, deep, clamp(0.16 + 0.5 * options.roughness * near + 0.18 * near + wave * 0.12));
          const crest = smoothstep(0.32, 0.62, wave) * options.roughness;
          glow(mirrored, palette.skyLow, crest * 0.3);
          if (sunny) {
            const path = Math.exp(-(((x - sun.x) / (unit * (0.04 + 0.15 * near))) ** 2));
            glow(mirrored, palette.sun, path * smoothstep(0.02, 0.4, wave + 0.12) * (0.85 - near * 0.35));
          }
          put(pixel, mirrored);
          // A thin bright line where the water meets the far shore.
          cover(pixel, palette.haze, 0.5 * Math.exp(-below / (unit * 0.006)));
        },
        { top: horizon },
      );
    },
  };
}
