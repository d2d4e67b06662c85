import { timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Sync, Writer } from '../../db/writer.ts';
import { ApplianceError } from '../../errors.ts';
import { emailIssuer, signIn, type SignInParts } from '../sign-in.ts';
import type { Account } from '../tables.ts';
import type { EmailLimits } from './email-limits.ts';
import { type CodeHash, isOpen } from './one-time-code.ts';
import type { EmailCodeStore } from './store.ts';

/** 400: one text for all that can be wrong with a code, so that a guesser learns nothing of the address. */
export class InvalidCode extends ApplianceError {
  constructor() {
    super({
      code: 'invalid_code',
      status: 400,
      message: 'The code is wrong, was used, has expired or was tried too often; ask for a new one.',
    });
  }
}

export interface VerifyParts {
  store: EmailCodeStore;
  writer: Writer;
  clock: Clock;
  limits: EmailLimits;
  hashOf: CodeHash;
  signIn: SignInParts;
}

export interface VerifyRequest {
  /** Which of the address's codes is meant; absent: the latest. */
  challengeId?: string;
  /** In lower case. */
  email: string;
  code: string;
  client: string;
}

/**
 * Signs in who knows the code, and uses it up, in one transaction with what `finish` gives them for it: of two that
 * come at once, one wins. What is thrown after the code was found right leaves the code as it was.
 * @throws InvalidCode, TooManyRequests; SignUpClosed, Forbidden; what `finish` throws
 */
export async function verifyCode<T>(
  { store, writer, clock, limits, hashOf, signIn: signInParts }: VerifyParts,
  request: VerifyRequest,
  finish: (account: Account, now: number) => Sync<T>,
): Promise<Sync<T>> {
  const { email } = request;
  limits.takeVerify(request);
  const outcome = await writer.write(() => {
    const now = clock();
    const challenge = store.find(email);
    const { challengeId = '', codeHash = '0'.repeat(64) } = challenge ?? {};
    const given = hashOf({ ...request, challengeId });
    const isRight = timingSafeEqual(Buffer.from(given), Buffer.from(codeHash));
    const isMeant = (request.challengeId ?? challengeId) === challengeId;
    if (!challenge || !isMeant || !isOpen(challenge, now)) return null;
    if (!isRight) {
      store.countAttempt(email);
      return null;
    }
    store.remove(email);
    const identity = { issuer: emailIssuer, subject: email, email, ownsEmail: true, name: '' };
    return { value: finish(signIn(signInParts, identity, now), now) };
  });
  // Not inside: what is thrown there undoes the counting.
  if (outcome === null) throw new InvalidCode();
  return outcome.value;
}
