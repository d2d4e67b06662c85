import type { Log } from '../../log.ts';
import { PaymentsNotConfigured } from '../not-configured.ts';
import type { Facilitator } from './facilitator.ts';
import { type SupportedKinds, x402Version } from './protocol.ts';
import type { X402Settings } from './requirements.ts';

/** Whether the facilitator settles what is asked for here. */
export interface Supported {
  /** Asks it, until it has answered once. Where it can't be asked, that stays open: verifying a payment will tell. */
  look(): Promise<void>;
  /** What is wrong, for the operator; null where nothing is known to be. */
  problem(): string | null;
  /** @throws PaymentsNotConfigured it does not: no payer shall sign what nobody will settle */
  assert(): Promise<void>;
}

/** Asked when it is first needed, and with each look of an hour, for as long as the answer is no. */
export function createSupported(options: {
  settings: Pick<X402Settings, 'network' | 'facilitatorUrl' | 'payTo'>;
  facilitator: Pick<Facilitator, 'supported'>;
  log: Log;
}): Supported {
  const { settings, facilitator, log } = options;
  const { network, facilitatorUrl } = settings;
  let answer: 'unknown' | 'yes' | 'no' = 'unknown';
  const problem = () =>
    answer === 'no'
      ? `The facilitator at ${facilitatorUrl} settles no payments on ${network}: set x402.facilitatorUrl or x402.network.`
      : null;
  const look = async () => {
    if (settings.payTo === '' || facilitatorUrl === '' || answer === 'yes') return;
    try {
      answer = settles(await facilitator.supported(), network) ? 'yes' : 'no';
      if (answer === 'no') log.error('x402 is off', { problem: problem() });
    } catch (error) {
      log.warn('what the x402 facilitator supports is not known yet', { error });
    }
  };
  return {
    look,
    problem,
    async assert() {
      if (answer === 'unknown') await look();
      if (answer === 'no') throw new PaymentsNotConfigured('x402', 'x402');
    },
  };
}

function settles({ kinds }: SupportedKinds, network: string): boolean {
  return kinds.some(
    (kind) => kind.x402Version === x402Version && kind.scheme === 'exact' && kind.network === network,
  );
}
