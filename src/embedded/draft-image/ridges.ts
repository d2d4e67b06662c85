import { clamp, type Color, color, lit, mix, smoothstep } from './color.ts';
import { cover, put, shade } from './picture.ts';
import type { Layer, Stage } from './stage.ts';

/** One range of hills or mountains. Lengths in pixels. */
interface Ridge {
  /** Where the lowest valleys are. */
  base: number;
  amplitude: number;
  /** Width of one mountain. */
  scale: number;
  /** 0 is round hills, 1 sharp peaks. */
  sharpness: number;
  /** 0 is near, 1 lost in haze. */
  distance: number;
  surface: Color;
  snow: number;
  /** How thick the mist at its foot is, 0..1. */
  mist: number;
  bottom: number;
  /** Which ridge: moves the noise on. */
  index: number;
}

/** Ranges behind each other up to the horizon, hazier with distance; snow on the highest. */
export function mountainRanges(options: { ranges: number; height: number }): Layer {
  return {
    name: 'mountains',
    async paint(stage) {
      const { horizon, unit, scene } = stage;
      const cold = scene.moods.includes('cold');
      const rock = surfaceOf(stage);
      for (let index = 0; index < options.ranges; index++) {
        await stage.pause();
        const near = (index + 1) / options.ranges;
        paintRidge(stage, {
          base: horizon - unit * 0.12 * (1 - near),
          amplitude: unit * options.height * (1.05 - near * 0.72),
          scale: unit * (0.5 - near * 0.12),
          sharpness: 1 - near * 0.6,
          distance: 0.72 * (1 - near) + 0.06,
          surface: rock(near),
          mist: 0.45,
          snow: cold ? 1 : near < 0.6 ? 0.75 - near : 0,
          bottom: index === options.ranges - 1 ? stage.picture.height : horizon + unit * 0.1,
          index,
        });
      }
    },
  };
}

/** Round hills that come towards the viewer below the horizon. */
export function rollingHills(options: { hills: number; surface?: Color }): Layer {
  return {
    name: 'hills',
    async paint(stage) {
      const { horizon, picture, unit } = stage;
      const ground = surfaceOf(stage);
      for (let index = 0; index < options.hills; index++) {
        await stage.pause();
        const near = (index + 1) / options.hills;
        const surface = ground(0.8 + near * 0.2);
        paintRidge(stage, {
          base: horizon + (picture.height - horizon) * near ** 1.5 * 0.75,
          amplitude: unit * (0.1 + near * 0.05),
          scale: unit * (0.6 + near * 0.5),
          sharpness: 0,
          distance: 0.28 * (1 - near),
          surface: options.surface ? mix(surface, options.surface, 0.6) : surface,
          snow: 0,
          mist: 0.16,
          bottom: picture.height,
          index: index + 20,
        });
      }
    },
  };
}

/** The ground's own colour, by season and mood; `near` 0..1 goes from bare rock to what grows. */
function surfaceOf({ scene, random }: Stage): (near: number) => Color {
  const rock = mix(color('#6b6f86'), color('#8a7a78'), random());
  const growth = scene.moods.includes('cold')
    ? '#e9f0f7'
    : scene.moods.includes('autumn')
      ? '#a8622a'
      : scene.moods.includes('mars') || scene.setting === 'desert'
        ? '#b5623a'
        : scene.moods.includes('fire')
          ? '#3a2422'
          : scene.setting === 'meadow'
            ? '#629f3a'
            : '#4f7f3d';
  return (near) => mix(rock, color(growth), smoothstep(0.25, 1, near) * 0.85);
}

function paintRidge(stage: Stage, ridge: Ridge): void {
  const { picture, palette, noise, unit, sun, extraOctaves } = stage;
  const { crest, slope } = ridgeProfile(stage, ridge);
  const surface = lit(ridge.surface, palette.ambient);
  const dark = mix(surface, palette.ink, 0.55);
  const bright = mix(surface, palette.sun, 0.38);
  const snow = mix(color('#ffffff'), palette.ambient, 0.4);
  const snowShade = mix(lit(color('#aebfdd'), palette.ambient), palette.skyTop, 0.2);
  const foot = ridge.base + ridge.amplitude * 0.15;
  const grain = 1 / (ridge.scale * 0.16);
  const octaves = 3 + extraOctaves;
  const from = sun.x > picture.width / 2 ? 1 : -1;
  const top = Math.min(...crest);
  shade(
    picture,
    (pixel, x, y) => {
      const below = y - (crest[x] ?? 0);
      if (below < -0.5) return;
      const coverage = clamp(below + 0.5);
      // Gullies run down from the crest: the noise is sheared by how far below it a point lies.
      const u = (x + below * 0.35 * from) * grain;
      const v = below * grain * 0.45 + ridge.index * 13;
      const relief = noise.fractal(u, v, octaves) - noise.fractal(u + 0.22 * from, v - 0.1, octaves);
      const facing = clamp(
        0.5 + (slope[x] ?? 0) * from * 0.55 * ridge.sharpness + relief * (0.12 + 1.4 * ridge.sharpness ** 2),
      );
      const capped =
        ridge.snow > 0
          ? smoothstep(0.12, -0.12, below / ridge.amplitude - ridge.snow * 0.6 + relief * 0.28)
          : 0;
      const base: Color = { ...dark };
      cover(base, bright, facing);
      if (capped > 0) {
        cover(base, snowShade, capped);
        cover(base, snow, capped * smoothstep(0.35, 0.65, facing));
      }
      const hazeDepth = smoothstep(-0.2, 1.1, (y - top) / (foot - top + unit * 0.05)) * ridge.mist;
      cover(base, palette.haze, clamp(ridge.distance + hazeDepth * (0.25 + ridge.distance)));
      if (coverage < 1) cover(pixel, base, coverage);
      else put(pixel, base);
    },
    { top: top - 1, bottom: ridge.bottom },
  );
}

/** Height and steepness of the crest at every column. */
function ridgeProfile(
  { picture, noise, extraOctaves }: Stage,
  ridge: Ridge,
): { crest: Float32Array; slope: Float32Array } {
  const crest = new Float32Array(picture.width);
  const slope = new Float32Array(picture.width);
  const offset = ridge.index * 71.7;
  const heightAt = (x: number) => {
    const u = x / ridge.scale + offset;
    const peak = (noise.ridged(u * 0.85, offset, 2) * 0.5 + 0.5) ** 2.1;
    const crags = noise.ridged(u * 2.4, offset + 9, 5 + extraOctaves) * 0.5;
    const round = noise.fractal(u * 0.8, offset + 5, 2) * 0.5 + 0.5;
    const sharp = 0.1 + 1.05 * peak + crags * (0.1 + 0.18 * peak);
    const swell = noise.at(u * 0.3, offset + 50) * 0.3 + 0.7;
    return ridge.base - ridge.amplitude * (round + (sharp - round) * ridge.sharpness) * swell;
  };
  for (let x = 0; x < picture.width; x++) {
    crest[x] = heightAt(x);
    slope[x] = (heightAt(x + ridge.scale * 0.06) - heightAt(x - ridge.scale * 0.06)) / (ridge.scale * 0.12);
  }
  return { crest, slope };
}
