import { ApplianceError } from '../errors.ts';
import type { Provider } from './tables.ts';

/** 503: a provider is down, slow, refuses us or asks us to slow down. Nothing is lost by asking again. */
export class ProviderUnavailable extends ApplianceError {
  constructor(provider: Provider, options: { retryAfterSeconds?: number; cause?: unknown } = {}) {
    super({
      code: 'payment_provider_unavailable',
      status: 503,
      message: `The payment provider (${provider}) can't be asked just now; nothing is lost, try again a little later.`,
      retryAfterSeconds: options.retryAfterSeconds ?? 10,
      cause: options.cause,
    });
  }
}
