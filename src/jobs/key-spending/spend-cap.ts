import { ApplianceError } from '../../errors.ts';
import type { KeySpendingStore } from './store.ts';

const dayMs = 86_400_000;

/** A key that may spend so much in a UTC day and no more. */
export interface CappedKey {
  keyId: string;
  capMicrosPerDay: number;
}

/** 402: the job would take its key over the cap of the day; what is refunded counts no longer. */
export class SpendCapReached extends ApplianceError {
  constructor(details: { capMicros: number; spentMicros: number; requiredMicros: number; resetsAt: string }) {
    const left = Math.max(0, details.capMicros - details.spentMicros) / 1e6;
    super({
      code: 'spend_cap_reached',
      status: 402,
      message: `This key may spend $${left} more until ${details.resetsAt}; the job costs $${details.requiredMicros / 1e6}.`,
      details,
    });
  }
}

/**
 * Counts a job against the cap of its key. Called inside the transaction that charges it, before its row.
 * @throws SpendCapReached
 */
export function assertWithinCap(
  store: KeySpendingStore,
  key: CappedKey,
  job: { amountMicros: number; now: number },
) {
  const startOfDay = Math.floor(job.now / dayMs) * dayMs;
  const spentMicros = store.spentMicros(key.keyId, startOfDay);
  if (spentMicros + job.amountMicros <= key.capMicrosPerDay) return;
  throw new SpendCapReached({
    capMicros: key.capMicrosPerDay,
    spentMicros,
    requiredMicros: job.amountMicros,
    resetsAt: new Date(startOfDay + dayMs).toISOString(),
  });
}
