import { expect, test } from 'bun:test';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fakeModels, startTestAppliance } from '../../testing/test-appliance.ts';
import { planClient, step } from './test-plans.ts';

const modelsFolder = fakeModels('--concurrency', '4');
const priceMicros = 20_972;

/** An appliance that charges this share of the list's prices, and one after it on the same data. */
async function startAt(
  multiplier: string,
  limits: Record<string, string> = {},
  dataFolder = mkdtempSync(join(tmpdir(), 'kt-prices-')),
) {
  const environment = { KT_PRICING_DRAFT_MULTIPLIER: multiplier, ...limits };
  const appliance = await startTestAppliance({ dataFolder, modelsFolder, environment });
  const next = async (other: string) => {
    await appliance.stop();
    return startAt(other, limits, dataFolder);
  };
  const cancelJob = (jobId: string) => appliance.call('DELETE', `/api/v1/media/jobs?jobId=${jobId}`);
  return { ...planClient(appliance), cancelJob, next, stop: () => appliance.stop() };
}

test('a plan that costs more than when it was quoted is refused with both amounts, and nothing is set aside', async () => {
  const quoted = await startAt('0.5');
  const before = await quoted.balance();
  const { body } = await quoted.propose([step('a'), step('b')]);
  expect(body.amountMicros).toBe(priceMicros);
  const dearer = await quoted.next('1');
  const { status, body: refused } = await dearer.approve(body);
  const change = { approvedMicros: priceMicros / 2, amountMicros: priceMicros };
  expect([status, refused.code, refused.details]).toEqual([
    409,
    'price_changed',
    {
      ...{ approvedMicros: priceMicros, amountMicros: 2 * priceMicros },
      steps: [
        { id: 'a', ...change },
        { id: 'b', ...change },
      ],
    },
  ]);
  expect((await dearer.find(body.planId)).body.state).toBe('proposed');
  expect(await dearer.balance()).toBe(before);
  const asQuoted = await dearer.next('0.5');
  expect((await asQuoted.approve(body)).status).toBe(202);
  expect((await asQuoted.finished(body.planId)).state).toBe('succeeded');
  expect(await asQuoted.balance()).toBe(before - priceMicros);
  await asQuoted.stop();
});

test('a plan that costs less is charged what it costs, and the rest of what was approved comes back', async () => {
  const quoted = await startAt('1');
  const before = await quoted.balance();
  const { body } = await quoted.propose([step('a'), step('b')]);
  const cheaper = await quoted.next('0.5');
  expect((await cheaper.approve({ ...body, amountMicros: priceMicros })).body.code).toBe('approval_mismatch');
  expect((await cheaper.approve(body)).status).toBe(202);
  expect((await cheaper.finished(body.planId)).state).toBe('succeeded');
  expect(await cheaper.balance()).toBe(before - priceMicros);
  expect(await cheaper.ledger()).toEqual({ status: 'ok' });
  await cheaper.stop();
});

test('a step that costs more by the time it begins does not run, and its share comes back', async () => {
  const room = { KT_JOBS_QUEUED_PER_ACCOUNT_MAX: '1', KT_SCHEDULER_CPU_SLOTS: '1' };
  const quoted = await startAt('0.5', room);
  const before = await quoted.balance();
  const { body } = await quoted.propose(['a', 'b', 'c'].map((id) => step(id, { ending: 'hang' })));
  await quoted.approve(body);
  // One runs, one waits, and there is room for no other.
  const begun = await quoted.until(body.planId, (states) => {
    return Object.values(states).filter((state) => state === 'submitted').length === 2;
  });
  const dearer = await quoted.next('1');
  for (const { jobId } of begun.steps) if (jobId !== null) await dearer.cancelJob(jobId);
  const { state, steps } = await dearer.finished(body.planId);
  expect(state).toBe('failed');
  const never = steps.filter(({ jobId }: { jobId: string | null }) => jobId === null);
  expect(never.map(({ error }: { error: { code: string } }) => error.code)).toEqual(['price_changed']);
  expect(await dearer.balance()).toBe(before);
  await dearer.stop();
});
