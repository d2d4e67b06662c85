import type { Settings } from '../settings/load-settings.ts';
import type { Provider } from './tables.ts';

/** Whether a provider can be paid through here. */
export type ProviderState = 'ready' | 'off';

/** What is configured; a provider is off until all that it needs is there. */
export function providerStates({
  stripe,
  coinbase,
  x402,
}: Pick<Settings, Provider>): Record<Provider, ProviderState> {
  const ready = (...needed: string[]): ProviderState =>
    needed.every((text) => text !== '') ? 'ready' : 'off';
  return {
    stripe: ready(stripe.secretKey, stripe.webhookSecret),
    coinbase: ready(coinbase.keyName, coinbase.keySecret, coinbase.webhookSecret),
    x402: ready(x402.payTo, x402.facilitatorUrl),
  };
}
