import { afterAll, beforeAll, expect, test } from 'bun:test';
import { startTestAppliance, type TestAppliance } from '../../testing/test-appliance.ts';

let appliance: TestAppliance;
beforeAll(async () => {
  const environment = { KT_PROFILE: 'embedded', KT_PRICING_DRAFT_MULTIPLIER: '1' };
  appliance = await startTestAppliance({ environment });
});
afterAll(() => appliance.stop());

const agent = (method: string, path: string, body?: unknown) =>
  appliance.call(method, `/api/v1/studio/agent/${path}`, body === undefined ? {} : { body });

test('an account has so many messages answered at once, and then others again', async () => {
  const send = () => agent('POST', 'messages/prepare', { message: 'hello' });
  const answers = await Promise.all(Array.from({ length: 30 }, send));
  const codes = answers.map(({ status, body }) => body.code ?? status);
  expect(codes.filter((code) => code === 200).length).toBeLessThanOrEqual(4);
  expect(new Set(codes)).toEqual(new Set([200, 'account_planner_busy']));
  expect((await send()).status).toBe(200);
});

test('a plan that no message asked for is not run where messages are approved', async () => {
  const steps = [{ id: 'fox', task: 'image.generate', input: { prompt: 'a fox', width: 64, height: 64 } }];
  const { planId, planHash, amountMicros } = (await agent('POST', 'plans', { steps })).body;
  const refused = await agent('POST', 'messages', { approval: { planId, planHash, amountMicros } });
  expect([refused.status, refused.body.code]).toEqual([409, 'no_message']);
  expect((await agent('GET', `plans?planId=${planId}`)).body.state).toBe('proposed');
});

test("a plan is for a project of its own account's", async () => {
  const steps = [{ id: 'fox', task: 'image.generate', input: { prompt: 'a fox' } }];
  expect((await agent('POST', 'plans', { projectId: 'prj_unknown', steps })).status).toBe(404);
});
