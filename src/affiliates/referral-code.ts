import { randomInt } from 'node:crypto';

/** What a referral code may look like: `PROMO_42`, in either case. */
export const referralCodePattern = '^[A-Za-z0-9_]{4,32}$';
const form = new RegExp(referralCodePattern);

/** A code as it is stored, in upper case; null where the text can't be one. Looks nothing up. */
export function readReferralCode(text: string): string | null {
  return form.test(text) ? text.toUpperCase() : null;
}

/** Without vowels, so that no word comes out, and without what reads alike. */
const alphabet = 'BCDFGHJKMNPQRTVWXYZ23456789';

/**
 * A new code that begins like the name of whose it is, unless that is an e-mail address: codes are for everybody to see.
 * It may be taken: the caller looks.
 */
export function makeReferralCode(displayName: string): string {
  const name = (displayName.includes('@') ? '' : displayName)
    .normalize('NFD')
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]/g, '');
  const random = Array.from({ length: 5 }, () => alphabet[randomInt(alphabet.length)]);
  return `${name.slice(0, 12) || 'REF'}_${random.join('')}`;
}
