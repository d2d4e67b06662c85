import { afterAll, beforeAll, expect, test } from 'bun:test';
import { join } from 'node:path';
import sharp from 'sharp';
import { loadManifests } from '../runners/manifest.ts';
import { findTask } from '../tasks/registry.ts';
import { projectRoot, startTestAppliance, type TestAppliance } from '../testing/test-appliance.ts';

let appliance: TestAppliance;
beforeAll(async () => {
  appliance = await startTestAppliance();
});
afterAll(() => appliance.stop());

test('what the chosen engine can not honour is reported where the client gave it', async () => {
  const create = { width: 64, height: 64, channels: 3, background: 'red' } as const;
  const picture = await sharp({ create }).png().toBuffer();
  const input = {
    sourceImage: { dataBase64: picture.toString('base64'), mimeType: 'image/png' },
    ...{ maxViews: 4, textureSteps: null, shapeSteps: 10 },
  };
  const body = { task: 'trellis.generate', input };
  const { body: quote } = await appliance.call('POST', '/api/v1/media/quote', { body });
  expect(quote.inputAdjustments).toEqual([
    {
      field: 'maxViews',
      from: 4,
      to: null,
      reason: 'the embedded engine draft-mesh has no use for it',
    },
  ]);
});

test('what a shipped engine has no use for is a field of each of its tasks', async () => {
  for (const { name, tasks, unusedParameters = [] } of await loadManifests(join(projectRoot, 'models'))) {
    for (const task of tasks) {
      const fields = Object.keys(findTask(task)?.inputSchema.properties ?? {});
      expect(fields, name).toEqual(expect.arrayContaining(unusedParameters));
    }
  }
});
