import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { judgeAddress, judgeHostName } from './address-rules.ts';

describe('addresses', () => {
  test.each([
    '8.8.8.8',
    '1.1.1.1',
    '100.63.255.255',
    '100.128.0.1',
    '172.15.0.1',
    '172.32.0.1',
    '192.167.1.1',
  ])('public IPv4 passes: %s', (address) => expect(judgeAddress(address)).toBe('public'));

  test.each(['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', '100.64.0.1', '100.127.255.255'])(
    'private IPv4: %s',
    (address) => expect(judgeAddress(address)).toBe('private'),
  );

  test.each([
    ...['127.0.0.1', '127.255.255.254', '0.0.0.0', '0.1.2.3', '169.254.169.254', '169.254.0.1', '224.0.0.1'],
    ...['239.255.255.255', '240.0.0.1', '255.255.255.255', '100.100.100.200', '168.63.129.16', '192.0.0.192'],
    ...['192.0.2.1', '198.51.100.1', '203.0.113.1'],
  ])('IPv4 that is never reached: %s', (address) => expect(judgeAddress(address)).toBe('forbidden'));

  test.each(['2606:4700:4700::1111', '2a00:1450:4001:81b::200e', '2001:4860:4860::8888'])(
    'public IPv6 passes: %s',
    (address) => expect(judgeAddress(address)).toBe('public'),
  );

  test.each(['fc00::1', 'fd12:3456:789a::1', 'fec0::1'])('private IPv6: %s', (address) =>
    expect(judgeAddress(address)).toBe('private'),
  );

  test.each([
    ...[
      '::',
      '::1',
      'fe80::1',
      'fe80::1%eth0',
      'febf::1',
      'ff02::1',
      '2001:db8::1',
      'fd00:ec2::254',
      '64:ff9b:1::1',
    ],
    ...['fd20:ce::254', '100::1', '4000::1', 'not an address', '', '127.1', '1.2.3.4.5'],
  ])('IPv6 and nonsense that is never reached: %s', (address) =>
    expect(judgeAddress(address)).toBe('forbidden'),
  );

  const carriers: [string, (hex: string, inverted: string) => string][] = [
    ['mapped', (hex) => `::ffff:${hex}`],
    ['compatible', (hex) => `::${hex}`],
    ['translated', (hex) => `::ffff:0:${hex}`],
    ['NAT64', (hex) => `64:ff9b::${hex}`],
    ['6to4', (hex) => `2002:${hex}::1`],
    ['Teredo server', (hex) => `2001:0:${hex}:0:0:f7f7:f7f7`],
    ['Teredo client', (_, inverted) => `2001:0:808:808:0:0:${inverted}`],
    ['ISATAP', (hex) => `2606:4700:4700::5efe:${hex}`],
    ['ISATAP, global', (hex) => `2606:4700:4700::200:5efe:${hex}`],
  ];
  const hexOf = (bytes: readonly number[]) =>
    [0, 2].map((i) => (((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0)).toString(16)).join(':');

  test.each(carriers)('an IPv4 address inside IPv6 is judged as itself: %s', (_, carry) => {
    const bytes = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255));
    fc.assert(
      fc.property(bytes, (ipv4) => {
        const carried = carry(hexOf(ipv4), hexOf(ipv4.map((byte) => byte ^ 0xff)));
        expect(`${carried} ${judgeAddress(carried)}`).toBe(`${carried} ${judgeAddress(ipv4.join('.'))}`);
      }),
    );
  });

  test('a dotted tail is read too', () => {
    expect(judgeAddress('::ffff:127.0.0.1')).toBe('forbidden');
    expect(judgeAddress('::ffff:10.0.0.1')).toBe('private');
    expect(judgeAddress('::ffff:8.8.8.8')).toBe('public');
    expect(judgeAddress('fe80::5efe:8.8.8.8')).toBe('forbidden');
  });
});

describe('names', () => {
  test.each(['localhost', 'LOCALHOST', 'localhost.', 'a.localhost', '', '..'])('this machine: %s', (name) =>
    expect(judgeHostName(name)).toBe('forbidden'),
  );
  test.each(['nas.local', 'nas.local.', 'NAS.LOCAL..'])('the local network: %s', (name) =>
    expect(judgeHostName(name)).toBe('private'),
  );
  test.each(['example.com', 'localhost.example.com', 'notlocalhost', 'notlocal'])(
    'anything else: %s',
    (name) => expect(judgeHostName(name)).toBe('public'),
  );
});
