import { expect, test } from 'bun:test';
import { fakeModels, startTestAppliance } from '../testing/test-appliance.ts';
import { planClient, step } from './plans/test-plans.ts';

test('the snapshot tells what runs, what waits to be approved, and what files there are', async () => {
  let now = Date.UTC(2026, 10, 24, 12);
  const appliance = await startTestAppliance({
    ...{ modelsFolder: fakeModels(), environment: { KT_STUDIO_QUOTA_BYTES: '1000' } },
    ...{ clock: () => now, monotonic: () => performance.now() },
  });
  const plans = planClient(appliance);
  const snapshot = async () => (await appliance.call('GET', '/api/v1/studio/snapshot')).body;
  const ids = (list: { planId: string }[]) => list.map(({ planId }) => planId);
  const late = (await plans.propose([step('late')])).body;
  now += 29 * 60_000;
  const offer = (await plans.propose([step('offer')])).body;
  const running = (await plans.propose([step('running', { ending: 'hang' })])).body;
  await plans.approve(running);
  await appliance.call('POST', '/api/v1/studio/assets/text', { body: { title: 'Notes', text: 'seven by' } });
  const seen = await snapshot();
  expect(ids(seen.runningPlans)).toEqual([running.planId]);
  expect(new Set(ids(seen.pendingApprovals))).toEqual(new Set([late.planId, offer.planId]));
  expect(seen.storage).toEqual({ usedBytes: 8, quotaBytes: 1000 });
  now += 60_000;
  expect(ids((await snapshot()).pendingApprovals)).toEqual([offer.planId]);
  await plans.cancel(running.planId);
  await plans.cancel(offer.planId);
  expect(await snapshot()).toMatchObject({ runningPlans: [], pendingApprovals: [] });
  await appliance.stop();
});

test('the snapshot tells what the planner lacks', async () => {
  const environment = { KT_STUDIO_PLANNER: 'openai' };
  const appliance = await startTestAppliance({ modelsFolder: fakeModels(), environment });
  const { planner } = (await appliance.call('GET', '/api/v1/studio/snapshot')).body;
  const lacks = 'It has no server: set studio.openaiUrl.';
  expect(planner).toEqual({ name: 'openai', ready: false, lacks });
  await appliance.stop();
});
