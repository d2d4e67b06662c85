import { Type } from '@sinclair/typebox';
import type { StagedMedia } from '../media/staged-media.ts';
import { Amount } from './amount.ts';
import { megapixelWords, type Size } from './canvas.ts';
import type { Price } from './task.ts';

const micros = Type.Integer({ minimum: 0 });
const percent = Type.Integer({ minimum: 100 });

/** Price keys of video.generate. */
export const videoPrices = {
  minimumMicros: micros,
  perFrameMegapixelMicros: micros,
  referenceAudioPercent: percent,
  extremeQualityPercent: percent,
};

/** max(minimum, sampled frames × megapixels × rate), × 125 % with sound, × 150 % with `extremeQuality`. */
export function videoPrice(
  video: Size & { durationFrames: number; referenceAudio: StagedMedia | null; extremeQuality: boolean },
  prices: { [Key in keyof typeof videoPrices]: number },
): Price {
  const { width, height, durationFrames } = video;
  const rate = Amount.micros(prices.perFrameMegapixelMicros);
  const frames = rate
    .times(durationFrames)
    .times(width * height)
    .per(1e6);
  const minimum = Amount.micros(prices.minimumMicros);
  const basis = [
    `${durationFrames} frames × ${megapixelWords(video)} × ${rate.inWords()} = ${frames.inWords()}`,
  ];
  if (frames.isBelow(minimum)) basis.push(`at least ${minimum.inWords()}`);
  let amount = frames.atLeast(minimum);
  if (video.referenceAudio) {
    amount = amount.percent(prices.referenceAudioPercent);
    basis.push(`× ${prices.referenceAudioPercent} % for reference audio`);
  }
  if (video.extremeQuality) {
    amount = amount.percent(prices.extremeQualityPercent);
    basis.push(`× ${prices.extremeQualityPercent} % for extremeQuality`);
  }
  return { amountMicros: amount.roundedUp(), basis };
}
