import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { fakeModels } from '../src/testing/test-appliance.ts';
import { createClient } from './client.ts';
import { type ListeningAppliance, startListening } from './test-terminal.ts';

let appliance: ListeningAppliance;
beforeAll(async () => {
  appliance = await startListening({ modelsFolder: fakeModels() });
});
afterAll(() => appliance.end());

describe('the typed client', () => {
  test('has the routes, bodies and answers of the appliance as types', async () => {
    const client = createClient({ url: appliance.origin, apiKey: appliance.apiKey });
    const { data, error } = await client.api.v1.balance.get();
    expect(error).toBeNull();
    const micros: number | undefined = data?.balanceMicros;
    expect(micros).toBe(25_000_000);
    const { data: key } = await client.api.v1.keys.post({ label: 'typed', allowedTasks: ['image.generate'] });
    const prefix: string | undefined = key?.keyPrefix;
    expect(prefix).toStartWith('kt_live_');
  });

  test('refuses at compile time what the appliance would refuse', () => {
    const client = createClient({ url: appliance.origin });
    // Checked by the type checker, never run.
    const wrong = () => [
      // @ts-expect-error there is no such route
      client.api.v1.balances.get(),
      // @ts-expect-error a job is named
      client.api.v1.media.jobs.events.get(),
      // @ts-expect-error a status is one of five words
      client.api.v1.media.jobs.get({ query: { status: 'lost' } }),
      // @ts-expect-error a prefix is text
      client.api.v1.keys.revoke.post({ keyPrefix: 7 }),
      // @ts-expect-error a decision is approve or deny
      client.api.v1.device.link.approve.post({ userCode: 'WDJB-MJHT', decision: 'maybe' }),
    ];
    expect(wrong).toBeFunction();
  });

  test('keeps times as the texts that the types say', async () => {
    const client = createClient({ url: appliance.origin, apiKey: appliance.apiKey });
    const { data } = await client.api.v1.keys.get();
    const createdAt: string | null | undefined = data?.keys[0]?.createdAt;
    expect(createdAt).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
  });
});
