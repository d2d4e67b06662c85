import { type Clock, hourMs } from '../../clock.ts';
import type { Writer } from '../../db/writer.ts';
import type { PlanStore } from './store.ts';

/** In one transaction, which must be short. */
const batch = 200;

/**
 * Deletes plans that nobody approved while they could be: they were never paid for, and no job is theirs. The requests
 * that they answered tell that they are gone. Safe to repeat and to miss.
 */
export async function deleteOffers(parts: {
  store: PlanStore;
  writer: Writer;
  retentionClock: Clock;
  /** After their time to be approved was over. */
  afterDays: number;
}): Promise<void> {
  const { store, writer, retentionClock, afterDays } = parts;
  const expiredBefore = retentionClock() - afterDays * 24 * hourMs;
  for (;;) {
    const deleted = await writer.write(() => {
      const offers = store.offersExpired(expiredBefore, batch);
      for (const offer of offers) store.deleteOffer(offer);
      return offers.length;
    });
    if (deleted < batch) return;
  }
}
