import { expect, test } from 'bun:test';
import { fakeJob, fakeModels, startTestAppliance } from '../../testing/test-appliance.ts';

const minuteMs = 60_000;

test('a plan can be approved for 30 minutes and no longer, and what is refused spends nothing', async () => {
  let now = Date.UTC(2026, 10, 24, 12);
  const appliance = await startTestAppliance({
    ...{ modelsFolder: fakeModels(), environment: { KT_PRICING_DRAFT_MULTIPLIER: '1' } },
    ...{ clock: () => now, monotonic: () => performance.now() },
  });
  const agent = (path: string, body: object) =>
    appliance.call('POST', `/api/v1/studio/agent/${path}`, { body });
  const balance = async () => (await appliance.call('GET', '/api/v1/balance')).body.balanceMicros;
  const propose = async () => {
    const steps = [{ id: 'a', ...fakeJob() }];
    const { planId, planHash, amountMicros } = (await agent('plans', { steps })).body;
    return { planId, planHash, amountMicros };
  };
  const before = await balance();
  const late = await propose();
  now += 30 * minuteMs;
  const refused = await agent('approval-plans/execute', late);
  expect([refused.status, refused.body.code]).toEqual([410, 'plan_expired']);
  expect(await balance()).toBe(before);
  const inTime = await propose();
  now += 30 * minuteMs - 1;
  expect((await agent('approval-plans/execute', inTime)).status).toBe(202);
  await appliance.stop();
});
