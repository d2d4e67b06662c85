import { randomBytes } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Writer } from '../../db/writer.ts';
import type { CodeDelivery } from './code-delivery.ts';
import { type EmailLimits, resendSeconds } from './email-limits.ts';
import { codeAttemptsMax, type CodeHash, codeSeconds, generateCode } from './one-time-code.ts';
import type { EmailCodeStore } from './store.ts';

export interface StartParts {
  store: EmailCodeStore;
  writer: Writer;
  clock: Clock;
  limits: EmailLimits;
  hashOf: CodeHash;
  delivery: CodeDelivery;
}

/**
 * Makes a code for an address; the one before is dead. It is shown after the answer, which is the same, and takes as
 * long, whoever has the address: whether there is an account is only looked at afterwards. Where the power goes before
 * the mail is out, the mail is lost as any mail may be, and the person asks for another code.
 * @param request.email in lower case
 * @throws TooManyRequests
 */
export async function startSignIn(parts: StartParts, request: { email: string; client: string }) {
  const { store, writer, clock, limits, hashOf, delivery } = parts;
  limits.takeStart(request);
  const createdAt = clock();
  const challenge = {
    challengeId: `eml_${randomBytes(16).toString('hex')}`,
    email: request.email,
    code: generateCode(),
    createdAt,
    expiresAt: createdAt + codeSeconds * 1000,
  };
  const { code: _code, ...rest } = challenge;
  const row = { ...rest, codeHash: hashOf(challenge), attemptsLeft: codeAttemptsMax };
  await writer.write(() => store.put(row));
  delivery.showSoon(challenge);
  return {
    challengeId: challenge.challengeId,
    expiresInSeconds: codeSeconds,
    resendInSeconds: resendSeconds,
    delivery: delivery.kind,
  };
}
