import type { Color } from './color.ts';
import type { Noise } from './noise.ts';
import type { Picture } from './picture.ts';

/** What a look works with. */
export interface LookTools {
  noise: Noise;
  random: () => number;
  /** A length that stands for the picture's size: its shorter side, in pixels. */
  unit: number;
  /** Paint finer. */
  highDetail: boolean;
  /** The words of the prompt. */
  words: readonly string[];
  /** To be awaited every few hundred milliseconds of work. */
  pause: () => Promise<void>;
}

/** A way to change how a picture looks while its composition stays. */
export interface Look {
  /** Prompt words that ask for it, space-separated. */
  words: string;
  /** Changes colours alone, wherever they are. */
  grade?: (color: Color) => Color;
  /** Changes the picture where colours alone are not enough; runs after the grade. */
  paint?: (picture: Picture, tools: LookTools) => void | Promise<void>;
}
