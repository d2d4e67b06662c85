import { Elysia } from 'elysia';
import { Malformed } from '../errors.ts';

/** The path that a request asks for. Bun gives a request whose `Host` is no host a URL without an origin. */
export function pathOf(request: Request): string {
  return URL.parse(request.url, 'http://localhost')?.pathname ?? request.url;
}

/** Refuses a request whose `Host` header is no host (RFC 9112, 3.2). HTTP/1.0 knows requests without one. */
export function refuseBadHosts() {
  return new Elysia({ name: 'http.request-target' }).onRequest(({ request }) => {
    if (URL.canParse(request.url) || !request.headers.has('host')) return;
    throw new Malformed('The Host header is not a host.', 'bad_host');
  });
}
