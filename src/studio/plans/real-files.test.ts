import { afterAll, beforeAll, expect, test } from 'bun:test';
import { type Answer, startTestAppliance, type TestAppliance } from '../../testing/test-appliance.ts';

let appliance: TestAppliance;
beforeAll(async () => {
  appliance = await startTestAppliance({
    environment: { KT_PROFILE: 'embedded', KT_PRICING_DRAFT_MULTIPLIER: '1' },
  });
});
afterAll(() => appliance.stop());

const agent = (method: string, path: string, body?: unknown) =>
  appliance.call(method, `/api/v1/studio/agent/${path}`, body === undefined ? {} : { body });

test('a picture, an edit of it, two films of that and the films combined are what their plan said they would be', async () => {
  const size = { durationFrames: 9, width: 320, height: 192, sampledFps: 12, interpolationFps: 0 };
  const film = (id: string) => ({
    ...{ id, task: 'video.generate' },
    input: { prompt: 'slow push-in', startFrameImage: { fromStep: 'noir' }, ...size },
  });
  const steps = [
    { id: 'fox', task: 'image.generate', input: { prompt: 'a fox', width: 320, height: 192 } },
    { id: 'noir', task: 'image.edit', input: { prompt: 'noir poster', sourceImage: { fromStep: 'fox' } } },
    film('one'),
    film('two'),
    {
      ...{ id: 'both', task: 'video.combine' },
      input: { videos: [{ fromStep: 'one' }, { fromStep: 'two' }], overlapFrames: 2 },
    },
  ];
  const proposed = await agent('POST', 'plans', { steps });
  expect(proposed.status).toBe(201);
  const { planId, planHash, amountMicros } = proposed.body;
  expect((await agent('POST', 'approval-plans/execute', { planId, planHash, amountMicros })).status).toBe(
    202,
  );
  let plan: Answer['body'];
  do {
    await Bun.sleep(100);
    plan = (await agent('GET', `plans?planId=${planId}`)).body;
  } while (plan.finishedAt === null);
  expect(plan.steps.map((step: Answer['body']) => [step.id, step.state, step.error])).toEqual(
    steps.map(({ id }) => [id, 'succeeded', undefined]),
  );
  const [fox, noir, one, two, both] = plan.steps.map(({ outputs }: Answer['body']) => outputs[0]);
  for (const made of [fox, noir, one, two, both]) expect(made).toMatchObject({ width: 320, height: 192 });
  expect([one.frames, two.frames, both.frames]).toEqual([9, 9, 16]);
  const spent = plan.steps.map(({ amountMicros: micros }: Answer['body']) => micros);
  expect(spent.reduce((sum: number, micros: number) => sum + micros, 0)).toBe(amountMicros);
  const jobs = (await appliance.call('GET', '/api/v1/media/jobs')).body.jobs;
  const charged = jobs.map(({ billing }: Answer['body']) => billing.amountMicros);
  expect(new Set(charged)).toEqual(new Set(spent));
}, 120_000);
