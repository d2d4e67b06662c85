import { describe, expect, test } from 'bun:test';
import { assertOwnPage, CrossSiteRequest, isWrite } from './same-site.ts';

const origin = 'https://media.example:8443';

function isRefused(headers: Record<string, string>, untold: 'allow' | 'refuse' = 'refuse'): boolean {
  try {
    assertOwnPage(new Request(origin, { method: 'POST', headers }), { origin: `${origin}/base`, untold });
    return false;
  } catch (error) {
    if (error instanceof CrossSiteRequest) return true;
    throw error;
  }
}

describe('a write of a signed-in browser', () => {
  test.each([
    [{ 'sec-fetch-site': 'same-origin' }],
    [{ 'sec-fetch-site': 'none' }],
    [{ origin }],
    // Behind a proxy that ends TLS the origin may be written otherwise; the browser has compared it already.
    [{ 'sec-fetch-site': 'same-origin', origin: 'http://inner.example' }],
  ] as Record<string, string>[][])('from an own page is taken: %j', (headers = {}) => {
    expect(isRefused(headers)).toBe(false);
  });

  test.each([
    [{ 'sec-fetch-site': 'cross-site' }],
    [{ 'sec-fetch-site': 'same-site' }],
    [{ 'sec-fetch-site': '' }],
    [{ 'sec-fetch-site': 'Same-Origin' }],
    [{ 'sec-fetch-site': 'cross-site', origin }],
    [{ 'sec-fetch-site': 'same-origin', origin: 'null' }],
    [{ 'sec-fetch-site': 'none', origin: 'null' }],
    [{ origin: 'null' }],
    [{ origin: '' }],
    [{ origin: 'https://media.example' }],
    [{ origin: 'http://media.example:8443' }],
    [{ origin: 'https://media.example:8443.evil.example' }],
    [{ origin: 'https://evil.example' }],
    [{ origin: `${origin}/` }],
    [{ origin: `${origin}, ${origin}` }],
    [{ referer: `${origin}/page` }],
    [{}],
  ] as Record<string, string>[][])('from elsewhere is refused: %j', (headers = {}) => {
    expect(isRefused(headers)).toBe(true);
  });

  test('that tells nothing of where it comes from is taken only where nothing is at stake', () => {
    expect(isRefused({}, 'allow')).toBe(false);
    expect(isRefused({ origin: 'null' }, 'allow')).toBe(true);
    expect(isRefused({ origin: 'https://evil.example' }, 'allow')).toBe(true);
    expect(isRefused({ 'sec-fetch-site': 'cross-site' }, 'allow')).toBe(true);
  });

  test('is anything but GET, HEAD and OPTIONS', () => {
    const writes = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE', 'QUERY'].filter((method) =>
      isWrite(new Request(origin, { method })),
    );
    expect(writes).toEqual(['POST', 'PUT', 'PATCH', 'DELETE', 'QUERY']);
  });
});
