import { isIPv6 } from 'node:net';

/** What a route knows of the connection; `server` is null where the app is called without one. */
export interface Connection {
  request: Request;
  server: { requestIP(request: Request): { address: string } | null } | null;
}

/**
 * The address that a request comes from, for limits by client; of IPv6 the network, since a client has all of its
 * addresses (RFC 6177). Behind a proxy of the operator's it is the last entry of
 * `X-Forwarded-For`, which that proxy wrote; from anybody else the header is not believed.
 */
export function clientAddress({ request, server }: Connection): string {
  const peer = server?.requestIP(request)?.address ?? 'local';
  const forwarded = request.headers.get('x-forwarded-for')?.split(',').at(-1)?.trim();
  return networkOf(forwarded && isLoopback(peer) ? forwarded : peer);
}

/** `2001:db8:1:2::/64` of an IPv6 address; any other as it is. */
function networkOf(address: string): string {
  const [text = ''] = address.split('%');
  if (!isIPv6(text) || text.includes('.')) return address;
  const [head = '', tail] = text.split('::');
  const before = head.split(':').filter(Boolean);
  const after = tail?.split(':').filter(Boolean) ?? [];
  const zeros = Array.from({ length: tail === undefined ? 0 : 8 - before.length - after.length }, () => '0');
  const groups = [...before, ...zeros, ...after].slice(0, 4);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.');
}
