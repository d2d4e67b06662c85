import { expect, test } from 'bun:test';
import { startTestAppliance } from '../../testing/test-appliance.ts';
import { planClient } from './test-plans.ts';

const hourMs = 3_600_000;
const fox = { id: 'fox', task: 'image.generate', input: { prompt: 'a fox', width: 64, height: 64 } };

test('offers that nobody took are deleted in time, and those that ran or can be approved are not', async () => {
  let now = Date.UTC(2026, 10, 24, 12);
  const appliance = await startTestAppliance({
    ...{ environment: { KT_STUDIO_EXPIRED_PLAN_DAYS: '2' }, clock: () => now },
  });
  const plans = planClient(appliance);
  const agent = '/api/v1/studio/agent';
  const prepare = async () =>
    (await appliance.call('POST', `${agent}/messages/prepare`, { body: { message: 'a picture of a fox' } }))
      .body;
  const look = async (requestId: string) =>
    (await appliance.call('GET', `${agent}/requests?requestId=${requestId}`)).body;
  const statusOf = async (planId: string) => (await plans.find(planId)).status;
  const [ignored, withdrawn, alone] = [await prepare(), await prepare(), (await plans.propose([fox])).body];
  await plans.cancel(withdrawn.plan.planId);
  const ran = (await plans.propose([fox])).body;
  await plans.approve(ran);
  const finished = await plans.finished(ran.planId);
  // Two days after the half hour in which they could be approved.
  now += 48 * hourMs + hourMs / 2;
  await appliance.maintain();
  expect(await statusOf(ignored.plan.planId)).toBe(200);
  expect(await look(ignored.requestId)).toMatchObject({ state: 'expired', planDeleted: false });
  const fresh = await prepare();
  now += 1;
  await appliance.maintain();
  for (const { planId } of [ignored.plan, withdrawn.plan, alone]) {
    expect(await statusOf(planId)).toBe(404);
  }
  const gone = { plan: null, planDeleted: true, warnings: [expect.stringContaining('deleted')] };
  expect(await look(ignored.requestId)).toMatchObject({ state: 'expired', ...gone });
  expect(await look(withdrawn.requestId)).toMatchObject({ state: 'canceled', ...gone });
  const { requests } = (await appliance.call('GET', `${agent}/requests?threadId=${ignored.threadId}`)).body;
  expect(
    requests.find(({ requestId }: { requestId: string }) => requestId === ignored.requestId),
  ).toMatchObject({
    ...{ state: 'expired', plan: null, planDeleted: true },
  });
  expect((await plans.find(ran.planId)).body.finishedAt).toBe(finished.finishedAt);
  expect(await look(fresh.requestId)).toMatchObject({ state: 'awaiting_approval', planDeleted: false });
  expect((await plans.approve(alone)).status).toBe(404);
  expect(await plans.ledger()).toEqual({ status: 'ok' });
  await appliance.stop();
});
