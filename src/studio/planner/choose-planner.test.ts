import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startOpenAiServer } from '../../testing/fakes/openai-server.ts';
import {
  type Answer,
  fakeModels,
  startTestAppliance,
  type TestAppliance,
} from '../../testing/test-appliance.ts';

const prepare = (appliance: TestAppliance, message: string): Promise<Answer> =>
  appliance.call('POST', '/api/v1/studio/agent/messages/prepare', { body: { message } });

async function withAppliance(
  environment: Record<string, string>,
  use: (appliance: TestAppliance) => Promise<void>,
  modelsFolder?: string,
): Promise<void> {
  const appliance = await startTestAppliance({ environment, ...(modelsFolder ? { modelsFolder } : {}) });
  try {
    await use(appliance);
  } finally {
    await appliance.stop();
  }
}

describe('the planner that the settings choose', () => {
  test('is the embedded one where nothing else is there', () =>
    withAppliance({}, async (appliance) => {
      const { status, body } = await prepare(appliance, 'Make two pictures of a fox');
      expect([status, body.planner, body.plan.steps.length]).toEqual([200, 'embedded', 2]);
    }));

  test('is a server where its URL is set', async () => {
    await using server = startOpenAiServer();
    const environment = { KT_STUDIO_OPENAI_URL: server.url, KT_STUDIO_OPENAI_MODEL: 'tiny' };
    await withAppliance(environment, async (appliance) => {
      const { status, body } = await prepare(appliance, 'a fox');
      expect([status, body.planner, body.plan.steps[0].input.prompt]).toEqual([200, 'openai:tiny', 'a fox']);
    });
  });

  test.each([
    [{ KT_STUDIO_OPENAI_URL: 'http://127.0.0.1:1/v1', KT_STUDIO_OPENAI_MODEL: 'tiny' }, 'studio.openaiUrl'],
    [{ KT_STUDIO_PLANNER: 'openai' }, 'studio.openaiUrl'],
    [{ KT_STUDIO_PLANNER: 'model' }, './scripts/models list'],
  ])('that cannot be asked is told of, and no other takes its place: %o', (environment, setting) =>
    withAppliance(environment, async (appliance) => {
      const { status, body } = await prepare(appliance, 'Make a picture of a fox');
      expect([status, body.code]).toEqual([503, 'planner_failed']);
      expect(body.error).toContain(setting);
    }),
  );

  test('may be the embedded one beside a server', () =>
    withAppliance(
      { KT_STUDIO_OPENAI_URL: 'http://127.0.0.1:1/v1', KT_STUDIO_PLANNER: 'embedded' },
      async (appliance) => {
        expect((await prepare(appliance, 'Make a picture of a fox')).body.planner).toBe('embedded');
      },
    ));
});

describe('the model of the appliance', () => {
  const modelsFolder = fakeModels();
  const manifest = {
    ...{ name: 'planner', tasks: ['plan'], engine: 'embedded', version: '1', minOutputs: 0 },
    ...{ command: ['bun', 'run', 'src/testing/fake-planner.ts'], cpuSlots: 1, vramBytes: 0 },
  };
  const lines = Object.entries(manifest).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  writeFileSync(
    join(modelsFolder, 'planner.toml'),
    [...lines, '[estimate]', 'seconds = 1.0', 'secondsPerUnit = 0.0'].join('\n'),
  );
  let appliance: TestAppliance;
  beforeAll(async () => {
    const environment = { KT_STUDIO_PLANNER: 'model', KT_STUDIO_PLANNER_TIMEOUT_SECONDS: '20' };
    appliance = await startTestAppliance({ modelsFolder, environment });
  });
  afterAll(() => appliance.stop());

  test('plans on the scheduler, leaves no job behind, and plans again', async () => {
    for (const message of ['a fox', 'a dog']) {
      const { status, body } = await prepare(appliance, message);
      expect([status, body.planner, body.reply]).toEqual([200, 'planner', `A picture of ${message}`]);
    }
    expect((await appliance.call('GET', '/api/v1/media/jobs')).body.jobs).toEqual([]);
  });

  test('that talks nonsense fails the message, and the next one is planned', async () => {
    const { status, body } = await prepare(appliance, 'nonsense');
    expect([status, body.code]).toEqual([503, 'planner_failed']);
    expect((await prepare(appliance, 'crash')).body.error).toContain('The runner ended');
    expect((await prepare(appliance, 'a fox')).status).toBe(200);
  });

  test('that is too slow is stopped, and the next message is planned', () =>
    withAppliance(
      { KT_STUDIO_PLANNER: 'model', KT_STUDIO_PLANNER_TIMEOUT_SECONDS: '3' },
      async (slow) => {
        expect((await prepare(slow, 'hang')).body.error).toContain('studio.plannerTimeoutSeconds');
        expect((await prepare(slow, 'a fox')).status).toBe(200);
      },
      modelsFolder,
    ));
});
