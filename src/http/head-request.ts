/**
 * What `HEAD` is answered in place of an event stream: the same without one. Elysia runs the route of `GET` and reads its
 * answer to the end, to tell how long that is: it would keep the stream open until it ends by itself.
 * @param answer of the route
 * @returns undefined for any other answer, which stays
 */
export async function endStream(answer: unknown): Promise<Response | undefined> {
  if (!(answer instanceof Response)) return undefined;
  const { body, status, headers } = answer;
  if (headers.get('content-type') !== 'text/event-stream') return undefined;
  await body?.cancel();
  return new Response(null, { status, headers });
}
