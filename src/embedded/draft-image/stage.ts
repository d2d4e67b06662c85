import { seededRandom } from '../../media/random.ts';
import type { Palette } from './palette.ts';
import { createPicture, type Picture } from './picture.ts';
import { createNoise, type Noise } from './noise.ts';
import type { Scene, Setting } from './scene.ts';

/** What every layer paints on and with. Lengths and places are in pixels of `picture`. */
export interface Stage {
  picture: Picture;
  scene: Scene;
  palette: Palette;
  noise: Noise;
  random: () => number;
  /** Where sky and ground or water meet. */
  horizon: number;
  /** The sun or moon. */
  sun: { x: number; y: number; radius: number };
  /** A length that stands for the picture's size: its shorter side, a little more in long formats. */
  unit: number;
  /** Noise octaves to add (0, or 1–2 with `highDetail`). */
  extraOctaves: number;
  /** To be awaited every few hundred milliseconds of work. */
  pause: () => Promise<void>;
}

/** One step of painting, back to front. */
export interface Layer {
  name: string;
  paint(stage: Stage): void | Promise<void>;
}

const horizons: Record<Setting, number> = {
  city: 0.74,
  sea: 0.56,
  lake: 0.6,
  forest: 0.72,
  desert: 0.58,
  space: 0.9,
  meadow: 0.62,
  mountains: 0.78,
  abstract: 0.5,
  geometric: 0.5,
  stillLife: 0.68,
  studio: 0.75,
};

/** An empty stage for `scene`; `seed` places everything on it. */
export function createStage(options: {
  scene: Scene;
  width: number;
  height: number;
  seed: number;
  highDetail: boolean;
  pause: Stage['pause'];
}): Stage {
  const { scene, width, height, seed } = options;
  const random = seededRandom(seed ^ 0x51ed270b);
  const unit = Math.min(Math.min(width, height) * 1.35, Math.sqrt(width * height));
  const horizon = height * (horizons[scene.setting] + (random() - 0.5) * 0.08);
  const side = random() < 0.5 ? 0.3 : 0.7;
  const low = scene.light === 'sunset' || scene.light === 'dawn' ? 0.16 : 0.42;
  const moon = scene.light === 'night';
  return {
    picture: createPicture(width, height),
    scene,
    palette: scene.palette,
    noise: createNoise(seed),
    random,
    horizon,
    sun: {
      x: width * (side + (random() - 0.5) * 0.2),
      y: horizon - horizon * (low + random() * 0.25),
      radius: unit * (moon ? 0.05 : 0.06 + random() * 0.05),
    },
    unit,
    extraOctaves: options.highDetail ? 2 : 0,
    pause: options.pause,
  };
}
