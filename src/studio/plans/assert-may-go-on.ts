import { Forbidden } from '../../errors.ts';
import type { Caller } from '../../identity/authenticate.ts';
import type { IdentityStore } from '../../identity/store.ts';

/** Who may still spend. */
export type Approvers = Pick<IdentityStore, 'account' | 'keysOf'>;

/**
 * An approval lasts as long as what it was given with: a plan of a key that was revoked as stolen doesn't go on. Jobs
 * that it has already are paid for, and run on.
 * @throws Forbidden
 */
export function assertMayGoOn(approvers: Approvers, { accountId, keyId }: Caller): void {
  if (approvers.account(accountId)?.disabledAt !== null) throw new Forbidden('This account is disabled.');
  // Of an approval in a browser there is no key, and its sign-in may well have ended by now.
  const key = approvers.keysOf(accountId).find(({ id }) => id === keyId);
  if (key && key.revokedAt !== null) throw new Forbidden('The API key that approved the plan was revoked.');
}
