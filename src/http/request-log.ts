import { Elysia } from 'elysia';
import type { Log } from '../log.ts';
import { requestIdOf } from './request-id.ts';
import { pathOf } from './request-target.ts';

/** Gives every request an id, and logs each response. */
export function requestLog(log: Log) {
  const startedAt = new WeakMap<Request, number>();
  return new Elysia({ name: 'http.request-log' })
    .onRequest(({ request, set }) => {
      startedAt.set(request, performance.now());
      set.headers['x-request-id'] = requestIdOf(request);
    })
    .onAfterResponse({ as: 'global' }, ({ request, set, response }) => {
      const status = response instanceof Response ? response.status : set.status;
      const ms = Math.round((performance.now() - (startedAt.get(request) ?? 0)) * 10) / 10;
      const line = {
        requestId: requestIdOf(request),
        method: request.method,
        path: pathOf(request),
        status,
        ms,
      };
      if (request.method === 'GET' || request.method === 'HEAD') log.debug('request', line);
      else log.info('request', line);
    });
}
