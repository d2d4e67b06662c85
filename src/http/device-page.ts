import { join } from 'node:path';
import { Elysia } from 'elysia';

const files = {
  page: { name: 'page.html', type: 'text/html; charset=utf-8' },
  style: { name: 'page.css', type: 'text/css; charset=utf-8' },
  script: { name: 'page.js', type: 'text/javascript; charset=utf-8' },
};

const headers = {
  // No other page may lie over its buttons or under them, and nothing it is sent could run.
  'content-security-policy': [
    "default-src 'none'",
    ...["script-src 'self'", "style-src 'self'", "connect-src 'self'", "img-src 'self'"],
    ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
  ].join('; '),
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'same-origin',
  'cache-control': 'no-cache',
};

/**
 * `/device`, where a device link's `verificationUrl` leads: it shows the device that asks, and a person approves or
 * denies it, by an API key that stays in the page's memory or by the browser's session. Static files of this machine.
 */
export function devicePageRoutes() {
  const answer = ({ name, type }: { name: string; type: string }) =>
    new Response(Bun.file(join(import.meta.dir, 'device-page', name)), {
      headers: { ...headers, 'content-type': type },
    });
  return new Elysia({ name: 'http.device-page', detail: { hide: true } })
    .get('/device', () => answer(files.page))
    .get('/device/page.css', () => answer(files.style))
    .get('/device/page.js', () => answer(files.script));
}
