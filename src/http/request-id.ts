const ids = new WeakMap<Request, string>();
const acceptable = /^[A-Za-z0-9._-]{1,64}$/;

/** The id that a request's log lines and response carry: the client's own `X-Request-Id`, or a new one. */
export function requestIdOf(request: Request): string {
  const known = ids.get(request);
  if (known !== undefined) return known;
  const given = request.headers.get('x-request-id');
  const id = given !== null && acceptable.test(given) ? given : `req_${crypto.randomUUID().slice(0, 13)}`;
  ids.set(request, id);
  return id;
}
