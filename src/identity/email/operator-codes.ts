import { type Clock, isoTime } from '../../clock.ts';
import type { Log } from '../../log.ts';
import { type Challenge, isOpen } from './one-time-code.ts';
import type { EmailCodeStore } from './store.ts';

/** Where no mail is sent: the codes that the operator passes on. In memory only; a restart forgets them. */
export interface OperatorCodes {
  show(challenge: Challenge): void;
  /** Those that can be used now, newest first. */
  list(): Challenge[];
}

export function createOperatorCodes(options: {
  store: EmailCodeStore;
  clock: Clock;
  log: Log;
}): OperatorCodes {
  const { store, clock, log } = options;
  /** By address: a new code takes the place of the old one. */
  const shown = new Map<string, Challenge>();
  const list = () => {
    const now = clock();
    for (const { email, challengeId } of shown.values()) {
      const row = store.find(email);
      if (row?.challengeId !== challengeId || !isOpen(row, now)) shown.delete(email);
    }
    return [...shown.values()].toReversed();
  };
  return {
    list,
    show(challenge) {
      shown.delete(challenge.email);
      shown.set(challenge.email, challenge);
      list();
      const { challengeId, email, code } = challenge;
      const expiresAt = isoTime(challenge.expiresAt);
      log.info('sign-in code to pass on', { challengeId, email, code, expiresAt });
    },
  };
}
