import { hourMs } from '../../clock.ts';
import { tryEach } from '../try-each.ts';
import { type EventParts, eventTypes, handleEvent } from './receive-event.ts';

/** A checkout that is younger is still being paid, and its webhook on the way. */
const ageMsMin = 10 * 60_000;
/** A session ends after a day; a purchase that is older and has none will never have one. */
const unansweredMsMin = 25 * hourMs;
/** Purchases that are asked about in one round at most. */
const perRoundMax = 100;
/** Stripe's memory of events. */
const eventMs = 30 * 24 * hourMs;
/** Payments' events are remembered for longer than Stripe tells of them. */
const rememberMs = 3 * eventMs;

/**
 * Finds what no webhook told of: they get lost while we are off, or where Stripe can't reach us, as on a LAN. Open
 * purchases are asked about one by one; refunds and disputes come from Stripe's list of events.
 * @returns one round. It ends where Stripe can't be asked, and whoever was asked about comes last in the next one.
 *   One purchase that can't be dealt with holds up no other
 */
export function createLookAgain(parts: EventParts): () => Promise<void> {
  const { clock, stripe, store, writer } = parts;
  let readTo = clock() - eventMs;
  const askAboutEvents = async () => {
    const begunAt = clock();
    // Their order doesn't matter: each is only a hint to look.
    await stripe.ask(async (sdk) => {
      const created = { gte: Math.floor(readTo / 1000) };
      const events = sdk.events.list({ types: [...eventTypes], created, limit: 100 });
      await tryEach(events, (event) => handleEvent(parts, event));
    });
    // Stripe's clock is not ours; what is read again is known.
    readTo = begunAt - hourMs;
    await writer.write(() => store.forgetEvents('stripe', begunAt - rememberMs));
  };
  return () => tryEach([() => askAboutOpen(parts), askAboutEvents], (step) => step());
}

async function askAboutOpen({ store, purchases, writer, clock, settlePayment }: EventParts): Promise<void> {
  const now = clock();
  const due = store.listDue({ provider: 'stripe', now, ageMsMin, unansweredMsMin, limit: perRoundMax });
  await tryEach(due, async ({ id: purchaseId, providerId: sessionId }) => {
    await writer.write(() => {
      if (sessionId === null) purchases.close(purchaseId, 'never_started');
      else store.update(purchaseId, { checkedAt: now });
    });
    if (sessionId !== null) await settlePayment({ purchaseId, sessionId });
  });
}
