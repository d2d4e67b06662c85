import { BlockList, isIP, isIPv6 } from 'node:net';
import { SettingsError } from '../settings/settings-error.ts';

/** What a route knows of the connection; `server` is null where the app is called without one. */
export interface Connection {
  request: Request;
  server: { requestIP(request: Request): { address: string } | null } | null;
}

/** The address that a request comes from, for limits by client. */
export type ClientAddress = (connection: Connection) => string;

/**
 * Of IPv6 the network, since a client has all of its addresses (RFC 6177). Behind a proxy of the operator's it is what
 * that proxy wrote last into `X-Forwarded-For`, and so on through further proxies of theirs: whatever stands left of the
 * first address that isn't a trusted proxy may have been made up by the client.
 * @param settings.trustedProxies addresses and networks (`10.1.0.0/16`); from anybody else the header is not believed
 * @throws SettingsError one is no network
 */
export function createClientAddress({
  trustedProxies,
}: {
  trustedProxies: readonly string[];
}): ClientAddress {
  const proxies = readNetworks(trustedProxies);
  const isTrusted = (address: string) => proxies.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
  return ({ request, server }) => {
    const peer = server?.requestIP(request)?.address;
    if (peer === undefined) return 'local';
    const forwarded = request.headers.get('x-forwarded-for')?.split(',') ?? [];
    let client = plainAddress(peer) ?? peer;
    while (isTrusted(client)) {
      const before = plainAddress(forwarded.pop()?.trim() ?? '');
      // What is no address, such as `unknown`, was written by the last proxy that is known.
      if (before === undefined) break;
      client = before;
    }
    return networkOf(client);
  };
}

/** Without the port and the zone that some write with it, and of an IPv4 address in IPv6's clothes that one. */
function plainAddress(text: string): string | undefined {
  const bare = /^\[([^\]]*)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
  const [unzoned = ''] = bare.split('%');
  const address = /^::ffff:([\d.]+)$/i.exec(unzoned)?.[1] ?? unzoned;
  return isIP(address) === 0 ? undefined : address;
}

/** `2001:db8:1:2::/64` of an IPv6 address; any other as it is. */
function networkOf(address: string): string {
  if (!isIPv6(address) || address.includes('.')) return address;
  const [head = '', tail] = address.split('::');
  const before = head.split(':').filter(Boolean);
  const after = tail?.split(':').filter(Boolean) ?? [];
  const zeros = Array.from({ length: tail === undefined ? 0 : 8 - before.length - after.length }, () => '0');
  const groups = [...before, ...zeros, ...after].slice(0, 4);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}

function readNetworks(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(network) ?? [];
    const family = isIP(address);
    const bitsMax = family === 6 ? 128 : 32;
    const length = Number(bits ?? bitsMax);
    if (family === 0 || length > bitsMax) {
      const expected = 'expected an address or a network such as 192.168.1.0/24';
      throw new SettingsError([`http.trustedProxies has ${JSON.stringify(network)}: ${expected}`]);
    }
    list.addSubnet(address, length, family === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}
