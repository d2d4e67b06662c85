import type { Log } from '../../log.ts';
import { mayReceiveCode, type SignInParts } from '../sign-in.ts';
import { codeMail } from './code-mail.ts';
import type { Challenge } from './one-time-code.ts';
import type { OperatorCodes } from './operator-codes.ts';
import type { Outbox } from './outbox.ts';

/** How people come to know their codes. */
export interface CodeDelivery {
  /** By mail, or shown to the operator, who passes it on. */
  kind: 'mail' | 'operator';
  /** Shows the code to whom it concerns, after the request's answer. Never throws. */
  showSoon(challenge: Challenge): void;
}

/** @param parts.outbox null where no mail server is configured */
export function createCodeDelivery(parts: {
  outbox: Outbox | null;
  operatorCodes: OperatorCodes;
  signIn: SignInParts;
  log: Log;
}): CodeDelivery {
  const { outbox, operatorCodes, signIn, log } = parts;
  const show = (challenge: Challenge) => {
    const { challengeId, email } = challenge;
    // Nobody could sign in with it: strangers are sent no mail on a stranger's word.
    if (!mayReceiveCode(signIn, email))
      return log.info('no sign-in code: sign-up is closed', { challengeId });
    if (outbox) outbox.send({ id: challengeId, to: email, ...codeMail(challenge) });
    else operatorCodes.show(challenge);
  };
  return {
    kind: outbox ? 'mail' : 'operator',
    showSoon(challenge) {
      setImmediate(() => {
        try {
          show(challenge);
        } catch (error) {
          log.warn('a sign-in code was not sent', { challengeId: challenge.challengeId, error });
        }
      });
    },
  };
}
