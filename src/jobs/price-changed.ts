import { ApplianceError } from '../errors.ts';
import type { describeQuote } from './quote-job.ts';

/** 409: the price is above the most that the caller would pay. Nothing was charged; `details.quote` has the price. */
export class PriceChanged extends ApplianceError {
  constructor(maxAmountMicros: number, quote: ReturnType<typeof describeQuote>) {
    const { amountUsd } = quote.billing;
    super({
      code: 'price_changed',
      status: 409,
      message: `It costs $${amountUsd}, and at most $${maxAmountMicros / 1e6} was agreed to.`,
      details: { maxAmountMicros, quote },
    });
  }
}
