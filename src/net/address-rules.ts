import { isIPv4, isIPv6 } from 'node:net';

/**
 * What an outbound request may do with an address: `public` always, `private` (a LAN's own machines) only
 * where the operator allows it, `forbidden` (this machine, link-local, metadata services, multicast,
 * reserved blocks) never.
 */
export type AddressVerdict = 'public' | 'private' | 'forbidden';

type Ipv4Rule = readonly [block: string, prefixLength: number, verdict: AddressVerdict];

/** First match wins. Sources: the IANA special-purpose registry, and each cloud's metadata documentation. */
const ipv4Rules: readonly Ipv4Rule[] = [
  ['100.100.100.200', 32, 'forbidden'], // Alibaba metadata, inside the shared range below
  ['168.63.129.16', 32, 'forbidden'], // Azure's host agent
  ['10.0.0.0', 8, 'private'],
  ['172.16.0.0', 12, 'private'],
  ['192.168.0.0', 16, 'private'],
  ['100.64.0.0', 10, 'private'],
  ['198.18.0.0', 15, 'private'], // benchmarking; some LANs and VPNs use it
  ['0.0.0.0', 8, 'forbidden'],
  ['127.0.0.0', 8, 'forbidden'],
  ['169.254.0.0', 16, 'forbidden'], // link-local and 169.254.169.254
  ['192.0.0.0', 24, 'forbidden'], // protocol assignments; Oracle metadata is 192.0.0.192
  ['192.0.2.0', 24, 'forbidden'],
  ['192.88.99.0', 24, 'forbidden'],
  ['198.51.100.0', 24, 'forbidden'],
  ['203.0.113.0', 24, 'forbidden'],
  ['224.0.0.0', 3, 'forbidden'], // multicast, reserved, broadcast
];

/** Judges an IP address in text (`192.0.2.1`, `::1`, no brackets). What can't be read is `forbidden`. */
export function judgeAddress(address: string): AddressVerdict {
  if (isIPv4(address)) return judgeIpv4(ipv4Number(address));
  const withoutZone = address.split('%', 1)[0] ?? '';
  return isIPv6(withoutZone) ? judgeIpv6(ipv6Words(withoutZone)) : 'forbidden';
}

/**
 * Judges a host name before it is resolved: names that mean this machine are `forbidden`, names of the local
 * network are `private`. A `public` name still has to have its addresses judged.
 */
export function judgeHostName(name: string): AddressVerdict {
  const bare = name.toLowerCase().replace(/\.+$/, '');
  if (bare === '' || bare === 'localhost' || bare.endsWith('.localhost')) return 'forbidden';
  if (bare === 'local' || bare.endsWith('.local')) return 'private';
  return 'public';
}

/** The stricter of several verdicts: an address that carries another is only as good as both. */
function strictest(verdicts: readonly AddressVerdict[]): AddressVerdict {
  if (verdicts.includes('forbidden')) return 'forbidden';
  return verdicts.includes('private') ? 'private' : 'public';
}

function judgeIpv4(address: number): AddressVerdict {
  const rule = ipv4Rules.find(
    ([block, length]) => address >>> (32 - length) === ipv4Number(block) >>> (32 - length),
  );
  return rule?.[2] ?? 'public';
}

function ipv4Number(text: string): number {
  return text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

type Words = readonly [number, number, number, number, number, number, number, number];

/** The IPv4 addresses that transition mechanisms hide inside an IPv6 address; empty for a plain one. */
function embeddedIpv4([a, b, c, d, e, f, g, h]: Words): number[] {
  const tail = join(g, h);
  if (a === 0x2002) return [join(b, c)]; // 6to4
  if (a === 0x2001 && b === 0) return [join(c, d), (tail ^ 0xffffffff) >>> 0]; // Teredo: server, then client
  if ((e & 0xfdff) === 0 && f === 0x5efe) return [tail]; // ISATAP, under any prefix
  const zerosBefore5 = a === 0 && b === 0 && c === 0 && d === 0;
  if (zerosBefore5 && e === 0 && f === 0xffff) return [tail]; // ::ffff:a.b.c.d, mapped
  if (zerosBefore5 && e === 0xffff && f === 0) return [tail]; // ::ffff:0:a.b.c.d, translated
  if (zerosBefore5 && e === 0 && f === 0) return [tail]; // ::a.b.c.d, compatible (and ::, ::1)
  if (a === 0x64 && b === 0xff9b && c === 0 && d === 0 && e === 0 && f === 0) return [tail]; // NAT64
  return [];
}

function judgeIpv6(words: Words): AddressVerdict {
  const [a, b] = words;
  const text = words.map((word) => word.toString(16)).join(':');
  if (metadataIpv6.has(text)) return 'forbidden';
  const own = judgeIpv6Prefix(a, b);
  const embedded = embeddedIpv4(words).map(judgeIpv4);
  if (embedded.length === 0) return own;
  // A carrier such as ::ffff:0:0/96 has no standing of its own; 6to4 and ISATAP under a real prefix have.
  return a === 0 || a === 0x64 ? strictest(embedded) : strictest([own, ...embedded]);
}

/** AWS, and Google Cloud. */
const metadataIpv6 = new Set(['fd00:ec2:0:0:0:0:0:254', 'fd20:ce:0:0:0:0:0:254']);

function judgeIpv6Prefix(a: number, b: number): AddressVerdict {
  if ((a & 0xfe00) === 0xfc00) return 'private'; // fc00::/7, unique local
  if ((a & 0xffc0) === 0xfec0) return 'private'; // fec0::/10, the older site-local
  if (a === 0x2001 && b === 0xdb8) return 'forbidden'; // documentation
  if (a === 0x3fff) return 'forbidden'; // documentation
  return (a & 0xe000) === 0x2000 ? 'public' : 'forbidden'; // only 2000::/3 is global unicast
}

function join(high: number, low: number): number {
  return high * 0x10000 + low;
}

function ipv6Words(text: string): Words {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const tail = dotted?.[2] === undefined ? 0 : ipv4Number(dotted[2]);
  const hex = dotted ? `${dotted[1]}${(tail >>> 16).toString(16)}:${(tail & 0xffff).toString(16)}` : text;
  const [left = '', right] = hex.split('::');
  const head = left === '' ? [] : left.split(':');
  const rest = right === undefined || right === '' ? [] : right.split(':');
  const zeros = Array.from({ length: 8 - head.length - rest.length }, () => '0');
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = [...head, ...zeros, ...rest].map((word) =>
    Number.parseInt(word, 16),
  );
  return [a, b, c, d, e, f, g, h];
}
