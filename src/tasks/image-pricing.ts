import { Type } from '@sinclair/typebox';
import { Amount, usd } from './amount.ts';
import { megapixelWords, type Size } from './canvas.ts';
import type { Price } from './task.ts';

const micros = Type.Integer({ minimum: 0 });

/** Price keys of image.generate and image.edit. */
export const imagePrices = {
  minimumMicros: micros,
  perMegapixelMicros: micros,
  highDetailPercent: Type.Integer({ minimum: 100 }),
};

/** max(minimum, megapixels × rate), × 150 % with `highDetail`; a megapixel is 1,000,000 output pixels. */
export function imagePrice(
  image: Size & { highDetail: boolean },
  prices: { minimumMicros: number; perMegapixelMicros: number; highDetailPercent: number },
): Price {
  const area = Amount.micros(prices.perMegapixelMicros)
    .times(image.width * image.height)
    .per(1e6);
  const minimum = Amount.micros(prices.minimumMicros);
  const basis = [`${megapixelWords(image)} × ${usd(prices.perMegapixelMicros)} = ${area.inWords()}`];
  if (area.isBelow(minimum)) basis.push(`at least ${minimum.inWords()}`);
  const base = area.atLeast(minimum);
  if (!image.highDetail) return { amountMicros: base.roundedUp(), basis };
  basis.push(`× ${prices.highDetailPercent} % for highDetail`);
  return { amountMicros: base.percent(prices.highDetailPercent).roundedUp(), basis };
}
