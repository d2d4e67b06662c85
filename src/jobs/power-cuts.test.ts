import { describe, expect, test } from 'bun:test';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import {
  fakeJob,
  fakeModels,
  startTestAppliance,
  type TestAppliance,
  untilJob,
} from '../testing/test-appliance.ts';
import { until } from '../testing/until.ts';
import { startWebhookReceiver } from '../testing/webhook-receiver.ts';

/** The power goes between two lines of the program: what the next start makes of what lies there. */

const modelsFolder = fakeModels();
const start = (dataFolder?: string, environment: Record<string, string> = {}) =>
  startTestAppliance({ modelsFolder, environment, ...(dataFolder === undefined ? {} : { dataFolder }) });
const path = (appliance: TestAppliance, ...parts: string[]) => join(appliance.dataFolder, ...parts);

async function submit(appliance: TestAppliance, body: Record<string, unknown>): Promise<string> {
  const answer = await appliance.call('POST', '/api/v1/media/jobs', { body });
  expect(answer.status).toBe(202);
  return answer.body.jobId;
}

/** A stopped appliance with a job that, as the database has it, ran when the power went, as so often before. */
async function cutWhileRunning(interruptions: number) {
  const appliance = await start();
  const jobId = await submit(appliance, fakeJob({ ending: 'hang' }));
  await untilJob(appliance, jobId, ['running']);
  await appliance.stop();
  const database = new Database(path(appliance, 'appliance.sqlite'));
  // The same job, but one that ends.
  const change = "effective_input = replace(effective_input, 'hang', 'succeed')";
  database
    .prepare(`UPDATE jobs SET status = 'running', interruptions = ?, started_at = created_at, ${change}`)
    .run(interruptions);
  database.close();
  return { appliance, jobId };
}
/** As a publish leaves it whose job was not settled any more. */
function publishBefore(appliance: TestAppliance, jobId: string): void {
  mkdirSync(path(appliance, 'files', 'jobs', jobId, 'out'), { recursive: true });
  writeFileSync(path(appliance, 'files', 'jobs', jobId, 'out', 'earlier.json'), '{"attempt":"earlier"}');
}

describe('after the outputs were published and before the job was settled', () => {
  test('another attempt replaces them, and nothing of the earlier one is left', async () => {
    const { appliance, jobId } = await cutWhileRunning(0);
    publishBefore(appliance, jobId);
    const next = await start(appliance.dataFolder);
    const job = await untilJob(next, jobId);
    expect(job).toMatchObject({ status: 'succeeded', outputs: [{ filename: 'output.json' }] });
    expect(readdirSync(path(appliance, 'files', 'jobs', jobId, 'out'))).toEqual(['output.json']);
    await next.stop();
  });

  test('a job that is not run again fails, and the outputs go', async () => {
    const { appliance, jobId } = await cutWhileRunning(2);
    publishBefore(appliance, jobId);
    const next = await start(appliance.dataFolder);
    expect((await untilJob(next, jobId)).status).toBe('failed');
    expect(existsSync(path(appliance, 'files', 'jobs', jobId))).toBe(false);
    await next.stop();
  });
});

describe('after a webhook was sent and before that was written down', () => {
  test('it is sent again under the same id, so that its receiver can tell', async () => {
    await using receiver = startWebhookReceiver();
    const environment = { KT_INPUTS_TRUSTED_ORIGINS: receiver.origin };
    const appliance = await start(undefined, environment);
    await untilJob(
      appliance,
      await submit(appliance, { ...fakeJob(), webhookUrl: `${receiver.origin}/hook` }),
    );
    await until(() => receiver.received.length === 1);
    await appliance.stop();
    const database = new Database(path(appliance, 'appliance.sqlite'));
    database
      .prepare(
        'UPDATE webhook_deliveries SET attempts = 0, delivered_at = NULL, next_attempt_at = created_at',
      )
      .run();
    database.close();
    const next = await start(appliance.dataFolder, environment);
    await until(() => receiver.received.length === 2);
    const [first, second] = receiver.received;
    expect(second?.headers.get('webhook-id')).toBe(first?.headers.get('webhook-id') ?? 'none');
    expect(second?.body).toBe(first?.body ?? 'none');
    await next.stop();
  });
});

describe('a submit that came to nothing', () => {
  test('leaves no folder behind', async () => {
    const appliance = await start(undefined, {
      KT_FIRST_RUN_OPERATOR_GRANT_USD: '0',
      KT_PRICING_DRAFT_MULTIPLIER: '1',
    });
    const picture =
      'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
    const { body } = await appliance.call('POST', '/api/v1/media/jobs', {
      body: fakeJob({}, { referenceImages: [picture] }),
    });
    expect(body.code).toBe('insufficient_balance');
    const left = (folder: string) =>
      existsSync(path(appliance, 'files', folder)) ? readdirSync(path(appliance, 'files', folder)) : [];
    expect([left('jobs'), left('staging')]).toEqual([[], []]);
    await appliance.stop();
  });
});
