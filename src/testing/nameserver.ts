import { createSocket } from 'node:dgram';
import { isIPv4 } from 'node:net';
import { join } from 'node:path';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';

/** A name server on loopback that says what a test wants (RFC 1035, over UDP), every time with a life of 0 s. */
export interface Nameserver extends AsyncDisposable {
  /** Puts a command into a mount namespace whose `/etc/resolv.conf` names this server alone. Root only. */
  launcher: readonly string[];
  /** How often the IPv4 address of `name` was asked for. */
  asked(name: string): number;
}

/** @param answer IPv4 and IPv6 addresses of `name`, when it is asked for the first time, the second … */
export async function startNameserver(answer: (name: string, time: number) => string[]): Promise<Nameserver> {
  const times = new Map<string, number>();
  const socket = createSocket('udp4');
  socket.on('message', (query, from) => {
    const { name, type, end } = readQuestion(query);
    if (type === typeA) times.set(name, (times.get(name) ?? 0) + 1);
    const addresses = answer(name, times.get(name) ?? 1).filter(
      (one) => (isIPv4(one) ? typeA : typeAaaa) === type,
    );
    socket.send(respond(query.subarray(0, end), type, addresses), from.port, from.address);
  });
  // Resolvers ask port 53 only, and somebody else may have it on 127.0.0.1.
  const [, low = 0, high = 0] = crypto.getRandomValues(new Uint8Array(3));
  const address = `127.77.${low}.${high || 1}`;
  const { promise: bound, resolve, reject } = Promise.withResolvers<void>();
  socket.once('error', reject).bind(53, address, resolve);
  await bound;
  const resolvers = join(mkdtempSync(join(tmpdir(), 'kt-resolver-')), 'resolv.conf');
  writeFileSync(resolvers, `nameserver ${address}\n`);
  const inside = 'mount --bind "$1" /etc/resolv.conf && shift && exec "$@"';
  return {
    launcher: ['unshare', '--mount', 'sh', '-c', inside, 'sh', resolvers],
    asked: (name) => times.get(name) ?? 0,
    async [Symbol.asyncDispose]() {
      const { promise: closed, resolve: close } = Promise.withResolvers<void>();
      socket.close(() => close());
      await closed;
    },
  };
}

const typeA = 1;
const typeAaaa = 28;
const headerBytes = 12;

function readQuestion(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = headerBytes;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

/** @param question header and question of the query; the answers point back to its name */
function respond(question: Buffer, type: number, addresses: readonly string[]): Buffer {
  const head = Buffer.from(question);
  const recursionDone = 0x8180;
  head.writeUInt16BE(recursionDone, 2);
  head.writeUInt16BE(addresses.length, 6);
  head.writeUInt32BE(0, 8);
  const records = addresses.map((address) => {
    const bytes = isIPv4(address) ? address.split('.').map(Number) : ipv6Bytes(address);
    const namePointer = [0xc0, headerBytes];
    return Buffer.from([...namePointer, 0, type, 0, 1, 0, 0, 0, 0, 0, bytes.length, ...bytes]);
  });
  return Buffer.concat([head, ...records]);
}

/** Only of addresses that are written without dots. */
function ipv6Bytes(address: string): number[] {
  const [before = '', after] = address.split('::');
  const words = (text: string) =>
    text === '' ? [] : text.split(':').map((word) => Number.parseInt(word, 16));
  const [first, last] = [words(before), words(after ?? '')];
  const zeros = Array.from({ length: 8 - first.length - last.length }, () => 0);
  return [...first, ...zeros, ...last].flatMap((word) => [word >> 8, word & 0xff]);
}
