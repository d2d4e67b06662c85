import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { checkLedger } from '../ledger/invariants.ts';
import type { FakeEnding } from '../testing/fake-runner.ts';
import {
  fakeJob,
  fakeModels,
  startTestAppliance,
  type TestAppliance,
  untilJob,
} from '../testing/test-appliance.ts';

let appliance: TestAppliance;
beforeAll(async () => {
  appliance = await startTestAppliance({
    modelsFolder: fakeModels('--concurrency', '8'),
    environment: { KT_PRICING_DRAFT_MULTIPLIER: '1', KT_RATE_LIMIT_WRITES_PER_MINUTE: '1000000' },
  });
});
afterAll(() => appliance.stop());

/** What one client does: submit, submit and cancel at once, or submit twice under one key. */
const action = fc.record({
  kind: fc.constantFrom('submit' as const, 'cancel' as const, 'replay' as const),
  ending: fc.constantFrom<FakeEnding>('succeed', 'succeed', 'invalid_input', 'internal'),
  milliseconds: fc.integer({ min: 0, max: 30 }),
});
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never;

let keys = 0;

/** Answers the ids of the jobs that the action's submits were acknowledged with, if any. */
async function act({ kind, ending, milliseconds }: Action, key: string): Promise<string[]> {
  const submit = (headers: Record<string, string> = {}) =>
    appliance.call('POST', '/api/v1/media/jobs', { key, headers, body: fakeJob({ ending, milliseconds }) });
  const acknowledged = async (headers?: Record<string, string>): Promise<string[]> => {
    const { status, body } = await submit(headers);
    expect([202, 402, 409]).toContain(status);
    return status === 202 ? [body.jobId] : [];
  };
  if (kind === 'replay') {
    const headers = { 'x-idempotency-key': `key-${keys++}` };
    return (await Promise.all([acknowledged(headers), acknowledged(headers)])).flat();
  }
  const ids = await acknowledged();
  for (const id of kind === 'cancel' ? ids : []) {
    const canceled = await appliance.call('DELETE', `/api/v1/media/jobs?jobId=${id}`, { key });
    expect([200, 409]).toContain(canceled.status);
  }
  return ids;
}

async function openAccount(grantMicros: number): Promise<string> {
  const { body } = await appliance.call('POST', '/api/v1/admin/accounts', {
    key: appliance.adminKey,
    body: { name: 'Client', grantMicros },
  });
  return body.apiKey;
}

describe('money under concurrent submits, cancels, failures and replays', () => {
  test('what an account has left is its grant less its succeeded jobs, never below zero', async () => {
    const database = new Database(join(appliance.dataFolder, 'appliance.sqlite'), { readonly: true });
    const price = (await appliance.call('POST', '/api/v1/media/quote', { body: fakeJob() })).body.billing
      .amountMicros;
    await fc.assert(
      fc.asyncProperty(
        fc.array(action, { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 0, max: 12 }),
        async (actions, affordable) => {
          const grantMicros = affordable * price + 1;
          const key = await openAccount(grantMicros);
          const call: TestAppliance['call'] = (method, path) => appliance.call(method, path, { key });
          const ids = (await Promise.all(actions.map((one) => act(one, key)))).flat();
          const jobs = await Promise.all([...new Set(ids)].map((id) => untilJob({ call }, id)));
          const spent = jobs
            .filter(({ status }) => status === 'succeeded')
            .reduce((sum, { billing }) => sum + billing.amountMicros, 0);
          const { balanceMicros } = (await call('GET', '/api/v1/balance')).body;
          expect(balanceMicros).toBe(grantMicros - spent);
          expect(balanceMicros).toBeGreaterThanOrEqual(0);
          checkLedger(database);
        },
      ),
      { numRuns: 25 },
    );
    database.close();
  });
});
