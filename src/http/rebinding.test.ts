import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test';
import sharp from 'sharp';
import { type AttackedAppliance, startAttackedAppliance } from '../testing/attacked-appliance.ts';
import { type Canary, startCanary } from '../testing/canary.ts';
import { type HostileServer, startHostileServer } from '../testing/hostile-server.ts';
import { type Nameserver, startNameserver } from '../testing/nameserver.ts';
import { mayMount } from '../testing/tmpfs.ts';

/**
 * Names that lead elsewhere than they seem to, against the running server and its own resolver, which asks a name
 * server of ours: nobody comes to the canary on loopback, no file stays and nothing is charged.
 */

/** Judged good; whoever is sent there waits until the time is up (APNIC keeps it free, for traffic by mistake). */
const elsewhere = '1.2.3.4';

const addresses: Record<string, (time: number) => string[]> = {
  'rebind.example.com': (time) => (time === 1 ? [elsewhere] : ['127.0.0.1']),
  'rebind-by-redirect.example.com': (time) => (time === 1 ? [elsewhere] : ['127.0.0.1']),
  'both.example.com': () => [elsewhere, '127.0.0.1'],
  'other-family.example.com': () => [elsewhere, '::1'],
  'mapped.example.com': () => ['::ffff:7f00:1'],
  'inside.example.com': () => ['127.0.0.1'],
  'metadata.example.com': () => ['169.254.169.254'],
};

let nameserver: Nameserver;
let canary: Canary;
let server: HostileServer;
let appliance: AttackedAppliance;
let before: Awaited<ReturnType<AttackedAppliance['state']>>;

describe.skipIf(!mayMount)('a name', () => {
  beforeAll(async () => {
    const image = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#27c' } })
      .png()
      .toBuffer();
    canary = await startCanary(image);
    server = await startHostileServer(image);
    nameserver = await startNameserver((name, time) => addresses[name]?.(time) ?? []);
    appliance = await startAttackedAppliance({
      launcher: nameserver.launcher,
      settings: { KT_INPUTS_TRUSTED_ORIGINS: server.origin, KT_INPUTS_FETCH_SECONDS: '1' },
    });
    before = await appliance.state();
  });
  afterAll(async () => {
    for (const part of [appliance, canary, server, nameserver]) await part[Symbol.asyncDispose]();
  });
  afterEach(async () => {
    expect(canary.connections()).toBe(0);
    expect(await appliance.state()).toEqual(before);
  });

  /** Submits a job with this source image, which must be refused. */
  async function refusal(url: string): Promise<string> {
    const body = { task: 'image.edit', input: { prompt: 'noir', sourceImage: url } };
    const answer = await appliance.post('/api/v1/media/jobs', body);
    expect([answer.status, answer.body.code]).toEqual([422, 'invalid_input']);
    return answer.body.error;
  }
  const forbidden = /leads to an address that this server never fetches from/;

  test('that leads to loopback once it was judged is not asked again, and not followed there', async () => {
    const url = `http://rebind.example.com:${canary.port}/`;
    expect(await refusal(url)).not.toMatch(forbidden);
    expect(nameserver.asked('rebind.example.com')).toBe(1);
    // A second job asks anew, and judges anew.
    expect(await refusal(url)).toMatch(forbidden);
  });

  test('that does so behind a redirect neither', async () => {
    const target = `http://rebind-by-redirect.example.com:${canary.port}/`;
    const url = `${server.origin}/redirect?to=${encodeURIComponent(target)}`;
    expect(await refusal(url)).not.toMatch(forbidden);
    expect(nameserver.asked('rebind-by-redirect.example.com')).toBe(1);
    expect(await refusal(url)).toMatch(forbidden);
  });

  test.each(['both', 'other-family', 'mapped', 'inside', 'metadata'])(
    '%s.example.com is refused',
    async (label) => {
      expect(await refusal(`http://${label}.example.com:${canary.port}/`)).toMatch(forbidden);
      expect(nameserver.asked(`${label}.example.com`)).toBe(1);
    },
  );

  test('that nobody knows is refused', async () => {
    expect(await refusal('http://nobody.example.com/')).toMatch(/host name can't be found/);
  });
});
