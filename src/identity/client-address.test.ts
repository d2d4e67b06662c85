import { expect, test } from 'bun:test';
import { clientAddress } from './client-address.ts';

function from(peer: string | null, forwardedFor?: string): string {
  const headers = forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor };
  const server = { requestIP: () => (peer === null ? null : { address: peer }) };
  return clientAddress({ request: new Request('http://localhost/', { headers }), server });
}

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '::ffff:192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2:ffff::1', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
])('the client %s counts as %s', (peer, client) => {
  expect(from(peer)).toBe(client);
});

test('what a proxy on this machine says of its client is believed, the last word first', () => {
  expect(from('127.0.0.1', '203.0.113.9, 192.0.2.7')).toBe('192.0.2.7');
  expect(from('::1', '2001:db8:1:2::9')).toBe('2001:db8:1:2::/64');
});

test('from anybody else the header is not believed', () => {
  expect(from('192.0.2.7', '203.0.113.9')).toBe('192.0.2.7');
});

test('a call without a server has a name too', () => {
  expect(from(null)).toBe('local');
  expect(clientAddress({ request: new Request('http://localhost/'), server: null })).toBe('local');
});
