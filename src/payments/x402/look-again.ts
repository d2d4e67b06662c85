import { type TellParts, tellOperator } from './tell-operator.ts';

/** Long after the authorization is over, a payment that has no outcome will not get one by itself. */
const ageMsMin = 15 * 60_000;
const perRoundMax = 100;

/**
 * Finds payments that were under way when we died, and that nobody has sent again since: what they came to is known
 * to the chain only, so that the operator is told.
 */
export function createLookAgain(parts: TellParts): () => Promise<void> {
  const { store, writer, clock } = parts;
  return async () => {
    const now = clock();
    for (const purchase of store.listDue({ provider: 'x402', now, ageMsMin, limit: perRoundMax })) {
      await writer.write(() => store.update(purchase.id, { checkedAt: now }));
      await tellOperator(parts, purchase, 'no answer of the facilitator is known');
    }
  };
}
