import { Elysia } from 'elysia';
import { SettingsError } from '../settings/settings-error.ts';

/** What a page may send; of ours and of OpenAI's client, and no header that a proxy would write. */
const requestHeaders = new Set([
  ...['authorization', 'x-api-key', 'content-type', 'accept', 'x-request-id'],
  ...['x-idempotency-key', 'idempotency-key', 'payment-signature'],
  ...['last-event-id', 'range', 'if-none-match', 'if-modified-since', 'if-range'],
]);
const openAiHeader = /^(x-stainless|openai)-[a-z-]+$/;

/** What a page may read, beside what any page may. */
const exposedHeaders = [
  ...['x-request-id', 'idempotency-replayed', 'retry-after', 'www-authenticate', 'allow'],
  ...['payment-required', 'payment-response', 'x-should-retry'],
  ...['x-killatamata-jobs', 'x-killatamata-draft', 'x-killatamata-amount-usd'],
  ...['content-disposition', 'content-range', 'accept-ranges', 'etag'],
].join(', ');

const preflightSeconds = 600;

/**
 * Lets pages of other origins call the API by key (Fetch Standard, CORS protocol). Never with cookies: without
 * `Access-Control-Allow-Credentials` no browser hands them the answer, and what they write is refused (same-site.ts).
 * @param settings.allowedOrigins as browsers write them; none: nothing of this is there
 * @throws SettingsError one that no browser would send
 */
export function crossOrigin({ allowedOrigins }: { allowedOrigins: readonly string[] }) {
  const allowed = new Set(allowedOrigins.map(checkOrigin));
  const plugin = new Elysia({ name: 'http.cross-origin' });
  if (allowed.size === 0) return plugin;
  return plugin.onRequest(({ request, set }) => {
    const origin = request.headers.get('origin') ?? '';
    set.headers['vary'] = 'Origin';
    if (!allowed.has(origin)) return;
    set.headers['access-control-allow-origin'] = origin;
    set.headers['access-control-expose-headers'] = exposedHeaders;
    if (request.method === 'OPTIONS' && request.headers.has('access-control-request-method'))
      return answerPreflight(request, origin);
  });
}

function answerPreflight({ headers }: Request, origin: string): Response {
  const asked = (headers.get('access-control-request-headers') ?? '').split(',');
  const names = asked.map((name) => name.trim().toLowerCase());
  return new Response(null, {
    status: 204,
    headers: {
      ...{ 'access-control-allow-origin': origin, vary: 'Origin' },
      'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
      'access-control-allow-headers': names.filter(isRequestHeader).join(', '),
      'access-control-max-age': String(preflightSeconds),
    },
  });
}

function isRequestHeader(name: string): boolean {
  return requestHeaders.has(name) || openAiHeader.test(name);
}

function checkOrigin(text: string): string {
  const origin = URL.parse(text)?.origin ?? 'null';
  const isExact = origin !== 'null' && !origin.includes('*');
  if (isExact && origin === text) return text;
  const expected = isExact ? origin : 'an origin such as http://nas:3000';
  throw new SettingsError([`http.allowedOrigins has ${JSON.stringify(text)}: expected ${expected}`]);
}
