/** Its name is part of the API: pages and scripts of the hosted service know it. */
export const sessionCookieName = 'killa_tamata_browser_session';

/** The values of all session cookies of a request. A browser has one, unless somebody planted another beside it. */
export function readSessionCookies(headers: Headers): string[] {
  const cookies = headers.get('cookie')?.split(';') ?? [];
  return cookies
    .map((cookie) => cookie.trim())
    .filter((cookie) => cookie.startsWith(`${sessionCookieName}=`))
    .map((cookie) => cookie.slice(sessionCookieName.length + 1));
}

/**
 * The `Set-Cookie` header that signs a browser in. Without a `Domain` it stays with this host.
 * @param session.isSecure whether the appliance is reached by https: over plain http a browser refuses `Secure`
 */
export function sessionCookie(session: {
  cookieValue: string;
  maxAgeSeconds: number;
  isSecure: boolean;
}): string {
  const { cookieValue, maxAgeSeconds, isSecure } = session;
  const attributes = `Max-Age=${maxAgeSeconds}; Path=/; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`;
  return `${sessionCookieName}=${cookieValue}; ${attributes}`;
}

/** The `Set-Cookie` header that signs a browser out: with the same attributes, or it would be another cookie's. */
export function clearedSessionCookie({ isSecure }: { isSecure: boolean }): string {
  return sessionCookie({ cookieValue: '', maxAgeSeconds: 0, isSecure });
}
