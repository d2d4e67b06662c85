import { afterAll, beforeAll, expect, test } from 'bun:test';
import { readdirSync } from 'node:fs';
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

test('a request that its files turn out not to fit leaves none of them behind', async () => {
  const inline = async (background: string) => {
    const picture = sharp({ create: { width: 64, height: 64, channels: 3, background } });
    return { dataBase64: (await picture.png().toBuffer()).toString('base64'), mimeType: 'image/png' };
  };
  // Only the staged bytes tell that the start frame is not the first overlap frame.
  const input = {
    prompt: 'a boat',
    startFrameImage: await inline('red'),
    overlapFrameImages: [await inline('blue')],
  };
  for (const path of ['/api/v1/media/jobs', '/api/v1/media/quote']) {
    const { status } = await appliance.call('POST', path, { body: { task: 'video.generate', input } });
    expect(status).toBe(422);
    expect(readdirSync(join(appliance.dataFolder, 'files', 'staging'))).toEqual([]);
  }
});
