import { Elysia } from 'elysia';

/**
 * Answers `HEAD` for event streams without one. Elysia runs the route of `GET` and reads its answer to the end, to tell
 * how long that is: of a stream, it would keep one open until nobody waits for it any more.
 */
export function endStreamsOfHead() {
  return new Elysia({ name: 'http.head-request' }).onAfterHandle(
    { as: 'global' },
    async ({ request, responseValue }) => {
      if (request.method !== 'HEAD' || !(responseValue instanceof Response)) return;
      const { body, status, headers } = responseValue;
      if (headers.get('content-type') !== 'text/event-stream') return;
      await body?.cancel();
      return new Response(null, { status, headers });
    },
  );
}
