/** What a route knows of the connection; `server` is null where the app is called without one. */
export interface Connection {
  request: Request;
  server: { requestIP(request: Request): { address: string } | null } | null;
}

/**
 * The address that a request comes from, for limits by client. Behind a proxy of the operator's it is the last entry of
 * `X-Forwarded-For`, which that proxy wrote; from anybody else the header is not believed.
 */
export function clientAddress({ request, server }: Connection): string {
  const peer = server?.requestIP(request)?.address ?? 'local';
  const forwarded = request.headers.get('x-forwarded-for')?.split(',').at(-1)?.trim();
  return forwarded && isLoopback(peer) ? forwarded : peer;
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.');
}
