import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { fakeModels, startTestAppliance } from '../testing/test-appliance.ts';
import { listen } from '../http/listen.ts';
import { createClientAddress } from './client-address.ts';

const byDefault = ['127.0.0.0/8', '::1'];

function from(peer: string | null, forwardedFor?: string, trustedProxies = byDefault): string {
  const headers = forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor };
  const server = { requestIP: () => (peer === null ? null : { address: peer }) };
  const request = new Request('http://localhost/', { headers });
  return createClientAddress({ trustedProxies })({ request, server });
}

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
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
  expect(from('::ffff:127.0.0.1', '192.0.2.7')).toBe('192.0.2.7');
});

test('from anybody else the header is not believed', () => {
  expect(from('192.0.2.7', '203.0.113.9')).toBe('192.0.2.7');
  expect(from('192.168.1.5', '203.0.113.9')).toBe('192.168.1.5');
  expect(from('127.0.0.1', '203.0.113.9', [])).toBe('127.0.0.1');
});

test('a call without a server has a name too', () => {
  expect(from(null)).toBe('local');
  const request = new Request('http://localhost/');
  expect(createClientAddress({ trustedProxies: [] })({ request, server: null })).toBe('local');
});

describe('behind trusted proxies', () => {
  const proxies = ['192.168.1.0/24', '10.9.8.7', 'fd00:1::/32'];
  test.each([
    ['one proxy', '192.168.1.2', '203.0.113.9', '203.0.113.9'],
    ['a chain of them', '192.168.1.2', '203.0.113.9, 10.9.8.7, fd00:1::5', '203.0.113.9'],
    ['what the client made up, before what they wrote', '192.168.1.2', '1.1.1.1, 203.0.113.9', '203.0.113.9'],
    ['a trusted address that the client made up', '192.168.1.2', '10.9.8.7, 203.0.113.9', '203.0.113.9'],
    ['a neighbour of a proxy', '10.9.8.8', '203.0.113.9', '10.9.8.8'],
    ['a neighbour who says a proxy sent him', '10.9.8.8', '203.0.113.9, 192.168.1.2', '10.9.8.8'],
    ['a proxy that asks for itself', '192.168.1.2', undefined, '192.168.1.2'],
    ['a proxy behind a proxy that ask for themselves', '192.168.1.2', '10.9.8.7', '10.9.8.7'],
    ['what is no address', '192.168.1.2', '203.0.113.9, unknown', '192.168.1.2'],
    ['nothing at all', '192.168.1.2', '203.0.113.9, , ', '192.168.1.2'],
    ['an address with its port', '192.168.1.2', '203.0.113.9:4711', '203.0.113.9'],
    ['an IPv6 one with its port', '192.168.1.2', '[2001:db8:1:2::9]:4711', '2001:db8:1:2::/64'],
    ['a proxy in the clothes of IPv6', '::ffff:192.168.1.2', '::ffff:203.0.113.9', '203.0.113.9'],
    ['text that is no header', '192.168.1.2', '203.0.113.9, <script>', '192.168.1.2'],
  ])('%s', (_what, peer, forwardedFor, client) => {
    expect(from(peer, forwardedFor, proxies)).toBe(client);
  });

  test('nothing that a client sends changes who it is taken for', () => {
    const made = fc.array(
      fc.oneof(fc.ipV4(), fc.ipV6(), fc.constantFrom('', 'x', '10.9.8.7', '192.168.1.2')),
    );
    fc.assert(
      fc.property(made, (entries) => {
        const sent = [...entries, '203.0.113.9'].join(', ');
        expect(from('192.168.1.2', sent, proxies)).toBe('203.0.113.9');
        expect(from('203.0.113.9', entries.join(', '), proxies)).toBe('203.0.113.9');
      }),
    );
  });
});

test.each(['10.0.0', '10.0.0.0/33', 'fd00::/129', 'proxy.example.com', '', '10.0.0.0/', '*'])(
  'the proxy %j stops the start, and is named',
  async (proxy) => {
    const named = `http.trustedProxies has ${JSON.stringify(proxy)}`;
    expect(() => createClientAddress({ trustedProxies: [proxy] })).toThrow(named);
    if (proxy === '') return;
    const environment = { KT_HTTP_TRUSTED_PROXIES: proxy };
    await expect(startTestAppliance({ modelsFolder: fakeModels(), environment })).rejects.toThrow(named);
  },
);

describe('a limit by client, over a real connection', () => {
  test.each([
    ['counts whom the proxy names', '127.0.0.1', (count: number) => `10.0.0.${count}, 203.0.113.9`],
    ['counts who connects, where no proxy is trusted', '192.0.2.1', (count: number) => `10.0.0.${count}`],
  ])('%s', async (_what, trusted, forwardedFor) => {
    const environment = { KT_HTTP_TRUSTED_PROXIES: trusted };
    const appliance = await startTestAppliance({
      modelsFolder: fakeModels(),
      environment,
      clock: () => 1e12,
    });
    const origin = listen(appliance.app, { host: '127.0.0.1', port: 0 });
    const visit = async (count: number) => {
      const headers = { 'content-type': 'application/json', 'x-forwarded-for': forwardedFor(count) };
      const body = JSON.stringify({ code: 'PROMO_42' });
      return (await fetch(`${origin}/api/v1/affiliates/validate-code`, { method: 'POST', headers, body }))
        .status;
    };
    for (let count = 0; count < 60; count++) expect(await visit(count)).toBe(200);
    expect(await visit(60)).toBe(429);
    await appliance.stop();
  });
});
