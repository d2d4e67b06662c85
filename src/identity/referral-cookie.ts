/** The cookie in which a browser carries to the checkout by whose link it came; see `src/affiliates`. */
export const referralCookieName = 'killa_tamata_referral';

/** The capture token in a request's cookie, unchecked; null where there is none. */
export function referralTokenOf(headers: Headers): string | null {
  for (const pair of (headers.get('cookie') ?? '').split(';')) {
    const [name = '', value] = pair.split('=', 2);
    if (name.trim() === referralCookieName && value !== undefined) return value.trim();
  }
  return null;
}
