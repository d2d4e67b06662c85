import { Forbidden } from '../errors.ts';

/** What a key may do of what its account may. */
export interface KeyLimits {
  /** The media tasks that it may submit; null: all. */
  allowedTasks: readonly string[] | null;
  /** What it may spend in a UTC day; null: all that the account has. */
  spendCapMicrosPerDay: number | null;
}

/** Of a browser session, and of most keys. */
export const noLimits: KeyLimits = { allowedTasks: null, spendCapMicrosPerDay: null };

/** @throws Forbidden the key is for other tasks */
export function assertTaskAllowed({ allowedTasks }: KeyLimits, task: string): void {
  if (allowedTasks === null || allowedTasks.includes(task)) return;
  throw new Forbidden(`This key may submit ${allowedTasks.join(', ')} only, not ${task}.`);
}

/**
 * For what would get round the limits, such as making a key that has none, and for where an account's money goes.
 * @throws Forbidden
 */
export function assertUnlimited({ allowedTasks, spendCapMicrosPerDay }: KeyLimits): void {
  if (allowedTasks === null && spendCapMicrosPerDay === null) return;
  throw new Forbidden('A key with limits decides about no keys and no payouts; use one without.');
}
