import { Type } from '@sinclair/typebox';
import { usd } from './amount.ts';
import type { Price } from './task.ts';

/** A price that holds up to a length. Bands stand in rising order; past the last, the last holds. */
export interface DurationBand {
  upToSeconds: number;
  amountMicros: number;
}

/** Price keys of tasks that are billed by an estimate of how long their text takes to say. */
export const textBandPrices = {
  /** Characters of text in a second of sound. */
  charactersPerSecond: Type.Number({ minimum: 1, maximum: 100 }),
  bands: Type.Array(
    Type.Object(
      { upToSeconds: Type.Number({ minimum: 0 }), amountMicros: Type.Integer({ minimum: 0 }) },
      { additionalProperties: false },
    ),
    { minItems: 1, maxItems: 100 },
  ),
};

/** The price of the first band that `seconds` fits in. @throws Error when there is no band at all. */
export function bandPrice(seconds: number, bands: readonly DurationBand[]): Price {
  const rising = bands.toSorted((a, b) => a.upToSeconds - b.upToSeconds);
  const band = rising.find(({ upToSeconds }) => seconds <= upToSeconds) ?? rising.at(-1);
  if (!band) throw new Error('A price table has no bands.');
  const words = seconds <= band.upToSeconds ? `up to ${band.upToSeconds} s` : `past ${band.upToSeconds} s`;
  const basis = [`estimated ${seconds.toFixed(1)} s of sound, ${words}: ${usd(band.amountMicros)}`];
  return { amountMicros: band.amountMicros, basis };
}
