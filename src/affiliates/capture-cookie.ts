import { referralCookieName } from '../identity/referral-cookie.ts';
import type { Capture, CaptureTokens } from './capture-token.ts';

/**
 * `Set-Cookie` for a capture, until it stops to count. `Lax`: it must come along when a customer returns by a link.
 * @param options.isSecure whether this appliance is reached by https
 */
export function captureCookie(
  tokens: CaptureTokens,
  capture: Capture,
  options: { now: number; isSecure: boolean },
): string {
  const secondsLeft = Math.max(0, Math.floor((capture.expiresAt - options.now) / 1000));
  const attributes = ['Path=/', `Max-Age=${secondsLeft}`, 'HttpOnly', 'SameSite=Lax'];
  if (options.isSecure) attributes.push('Secure');
  return [`${referralCookieName}=${tokens.sign(capture)}`, ...attributes].join('; ');
}
