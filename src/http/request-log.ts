import { Elysia } from 'elysia';
import { Malformed, PayloadTooLarge } from '../errors.ts';
import type { Log } from '../log.ts';
import { requestIdOf } from './request-id.ts';

/** Gives every request an id, refuses bodies that say they are too large, and logs each response. */
export function requestLog(options: { log: Log; bodyBytesMax: number }) {
  const startedAt = new WeakMap<Request, number>();
  return new Elysia({ name: 'http.request-log' })
    .onRequest(({ request, set }) => {
      startedAt.set(request, performance.now());
      set.headers['x-request-id'] = requestIdOf(request);
      const length = request.headers.get('content-length');
      if (length === null) return;
      if (!/^\d+$/.test(length)) throw new Malformed('Content-Length is not a number.');
      if (Number(length) > options.bodyBytesMax) throw new PayloadTooLarge(options.bodyBytesMax);
    })
    .onAfterResponse({ as: 'global' }, ({ request, set, response }) => {
      const status = response instanceof Response ? response.status : set.status;
      const ms = Math.round((performance.now() - (startedAt.get(request) ?? 0)) * 10) / 10;
      const line = {
        requestId: requestIdOf(request),
        method: request.method,
        path: new URL(request.url).pathname,
        status,
        ms,
      };
      if (request.method === 'GET' || request.method === 'HEAD') options.log.debug('request', line);
      else options.log.info('request', line);
    });
}
