import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import {
  fakeJob,
  fakeModels,
  startTestAppliance,
  type TestAppliance,
  untilJob,
} from '../testing/test-appliance.ts';

let appliance: TestAppliance;
let now = Date.UTC(2026, 10, 24, 20);
let started = 0;
beforeAll(async () => {
  started = performance.now();
  appliance = await startTestAppliance({
    modelsFolder: fakeModels(),
    environment: { KT_PRICING_DRAFT_MULTIPLIER: '1' },
    clock: () => now,
    monotonic: () => performance.now() - started,
  });
});
afterAll(() => appliance.stop());

const create = async (body: object, key = appliance.apiKey) =>
  appliance.call('POST', '/api/v1/keys', { body, key });
const submit = async (key: string, body: object = fakeJob()) =>
  appliance.call('POST', '/api/v1/media/jobs', { body, key });
/** A picture of 1024×1024 costs $0.020972. */
const priceMicros = 20_972;

describe('a key for some tasks', () => {
  test('submits and quotes those and no others', async () => {
    const { body } = await create({ allowedTasks: ['image.edit'] });
    expect(body.allowedTasks).toEqual(['image.edit']);
    for (const path of ['/api/v1/media/jobs', '/api/v1/media/quote']) {
      const refused = await appliance.call('POST', path, { body: fakeJob(), key: body.apiKey });
      expect([refused.status, refused.body.code]).toEqual([403, 'forbidden']);
      expect(refused.body.error).toContain('image.edit');
    }
    const allowed = (await create({ allowedTasks: ['image.generate', 'image.edit'] })).body.apiKey;
    expect((await submit(allowed)).status).toBe(202);
  });

  test.each([
    ['an unknown task', { allowedTasks: ['image.dream'] }],
    ['no task at all', { allowedTasks: [] }],
    ['a task twice', { allowedTasks: ['image.edit', 'image.edit'] }],
    ['a cap of nothing', { spendCapUsdPerDay: 0 }],
    ['a cap below zero', { spendCapUsdPerDay: -1 }],
    ['a field of the row', { spendCapMicrosPerDay: 5 }],
  ])('%s is refused', async (_name, body) => {
    expect((await create(body)).status).toBe(422);
  });
});

describe('a key with a cap', () => {
  test('spends as much in a day, whatever the account has; the next day begins anew', async () => {
    const { apiKey } = (await create({ spendCapUsdPerDay: (2.5 * priceMicros) / 1e6 })).body;
    expect((await submit(apiKey)).body.billing.amountMicros).toBe(priceMicros);
    expect((await submit(apiKey)).status).toBe(202);
    const refused = await submit(apiKey);
    expect([refused.status, refused.body.code]).toEqual([402, 'spend_cap_reached']);
    expect(refused.body.details).toEqual({
      capMicros: 2.5 * priceMicros,
      spentMicros: 2 * priceMicros,
      requiredMicros: priceMicros,
      resetsAt: '2026-11-25T00:00:00.000Z',
    });
    expect((await submit(appliance.apiKey)).status).toBe(202);
    now += 4 * 3_600_000;
    expect((await submit(apiKey)).status).toBe(202);
  });

  test('does not count what was refunded', async () => {
    const { apiKey } = (await create({ spendCapUsdPerDay: (1.5 * priceMicros) / 1e6 })).body;
    const failing = fakeJob({ ending: 'invalid_input' });
    const { jobId } = (await submit(apiKey, failing)).body;
    expect((await untilJob(appliance, jobId)).status).toBe('failed');
    expect((await submit(apiKey)).status).toBe(202);
    expect((await submit(apiKey)).status).toBe(402);
  });

  test('is held by many submits at once', async () => {
    const { apiKey } = (await create({ spendCapUsdPerDay: (3.5 * priceMicros) / 1e6 })).body;
    const statuses = await Promise.all(Array.from({ length: 10 }, async () => (await submit(apiKey)).status));
    expect(statuses.filter((status) => status === 202).length).toBe(3);
    expect(statuses.filter((status) => status === 402).length).toBe(7);
  });
});

test('a key with limits makes and revokes no keys, and an admin key has none', async () => {
  const { apiKey, keyPrefix } = (await create({ spendCapUsdPerDay: 1 })).body;
  expect((await create({}, apiKey)).status).toBe(403);
  const revoke = { body: { keyPrefix }, key: apiKey };
  expect((await appliance.call('POST', '/api/v1/keys/revoke', revoke)).status).toBe(403);
  const admin = await create({ role: 'admin', spendCapUsdPerDay: 1 }, appliance.adminKey);
  expect(admin.status).toBe(422);
});
