import type { Clock } from '../clock.ts';
import { createSigner } from '../storage/secret.ts';

/** That somebody came by a referral code. Whether the code is anybody's is not looked up until they buy. */
export interface Capture {
  code: string;
  /** Of the first visit by this code; epoch milliseconds, whole seconds. */
  capturedAt: number;
  /** When it stops to count. */
  expiresAt: number;
}

/** Signs and reads captures; nothing of them is stored here. */
export interface CaptureTokens {
  /** A new visit by `code`; a running capture by the same code goes on from where it began. */
  capture(code: string, earlier: Capture | null): Capture;
  sign(capture: Capture): string;
  /** @returns null for what this appliance did not sign, and for what no longer counts */
  read(token: string): Capture | null;
}

const dayMs = 86_400_000;
const tokenPattern = /^([A-Z0-9_]{4,32})\.(\d{1,12})\.([A-Za-z0-9_-]{43})$/;

/**
 * Tokens of the form `<code>.<epoch seconds>.<HMAC-SHA256 over both>`. The window is no part of them: it is counted
 * from the first capture by today's settings, so that no refresh extends it.
 */
export function createCaptureTokens(options: {
  secret: Uint8Array;
  clock: Clock;
  attributionDays: number;
}): CaptureTokens {
  const { secret, clock } = options;
  const windowMs = options.attributionDays * dayMs;
  const signer = createSigner({ secret, purpose: 'kt-capture-v1' });
  const captureAt = (code: string, capturedAt: number) => ({
    ...{ code, capturedAt },
    expiresAt: capturedAt + windowMs,
  });
  return {
    capture(code, earlier) {
      if (earlier?.code === code) return earlier;
      return captureAt(code, Math.floor(clock() / 1000) * 1000);
    },
    sign({ code, capturedAt }) {
      const seconds = String(capturedAt / 1000);
      return `${code}.${seconds}.${signer.sign(code, seconds)}`;
    },
    read(token) {
      const [, code = '', seconds = '', signature = ''] = tokenPattern.exec(token) ?? [];
      if (!signer.isSignature(signature, code, seconds)) return null;
      const capture = captureAt(code, Number(seconds) * 1000);
      return capture.expiresAt > clock() ? capture : null;
    },
  };
}
