import type { Purchase } from '../tables.ts';
import type { PayParts } from './pay.ts';

export type TellParts = Pick<PayParts, 'store' | 'audit' | 'writer' | 'clock' | 'log'>;

/**
 * A payment may have been made, and only a person who looks at the chain can tell: it stays open, and is in the log
 * and once in the audit log. An operator who finds it there settles or closes the purchase by hand.
 */
export async function tellOperator(
  { store, audit, writer, clock, log }: TellParts,
  { id, accountId, providerId, priceUsdCents }: Purchase,
  reason: string,
): Promise<void> {
  log.warn('an x402 payment needs a look at the chain', { purchaseId: id, payment: providerId, reason });
  await writer.persist(() => {
    const event = { provider: 'x402' as const, eventId: `unresolved:${id}`, type: 'unresolved' };
    if (!store.insertEvent({ ...event, receivedAt: clock() })) return;
    const details = { accountId, payment: providerId, priceUsdCents, reason };
    audit.record({ actor: null, action: 'purchase.unresolved', subject: id, details });
  });
}
