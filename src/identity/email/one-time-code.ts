import { createHmac, randomInt } from 'node:crypto';
import type { EmailCode } from './tables.ts';

/** OWASP ASVS 5.0, 6.5: single use, from a secure source, 20 bits, at most ten minutes. */
export const codeSeconds = 600;
export const codeAttemptsMax = 5;

/** The clock may be set back by so much before a code counts as one of another time. */
const clockToleranceMs = 60_000;

/** A code that somebody is about to be shown, in full. Kept in memory only. */
export interface Challenge {
  challengeId: string;
  email: string;
  code: string;
  createdAt: number;
  expiresAt: number;
}

/** Six digits, each code as likely as any other. */
export function generateCode(): string {
  return String(randomInt(1_000_000)).padStart(6, '0');
}

export type CodeHash = (parts: Pick<Challenge, 'challengeId' | 'email' | 'code'>) => string;

/**
 * What is stored of a code: a plain hash of six digits is searched through at once.
 * @param secret at least 32 bytes that are not in the database
 */
export function createCodeHash(secret: Uint8Array): CodeHash {
  return ({ challengeId, email, code }) =>
    createHmac('sha256', secret).update(`kt-email-code-v1\n${challengeId}\n${email}\n${code}`).digest('hex');
}

/** Whether a code can be tried now. A clock that was set back must not make one live longer. */
export function isOpen({ attemptsLeft, createdAt, expiresAt }: EmailCode, now: number): boolean {
  return attemptsLeft > 0 && now >= createdAt - clockToleranceMs && now < expiresAt;
}
