import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { readdirSync, readlinkSync } from 'node:fs';
import sharp from 'sharp';
import { startTestAppliance, type TestAppliance, untilJob } from './testing/test-appliance.ts';

/** A deleted file that a process holds open is on the disk still, whatever was promised of it. */

setDefaultTimeout(60_000);

let appliance: TestAppliance;
let picture: object;
beforeAll(async () => {
  appliance = await startTestAppliance({ environment: { KT_PROFILE: 'embedded' } });
  const png = await sharp({ create: { width: 256, height: 256, channels: 3, background: '#27c' } })
    .composite([
      { input: Buffer.from('<svg width="256" height="256"><circle cx="128" cy="128" r="90"/></svg>') },
    ])
    .png()
    .toBuffer();
  picture = { dataBase64: png.toString('base64'), mimeType: 'image/png' };
});
afterAll(() => appliance.stop());

/** Files below `folder` that any process of this machine holds open. */
function openFilesIn(folder: string): string[] {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return processes
    .flatMap((pid) => linksIn(`/proc/${pid}/fd`))
    .filter((path) => path.startsWith(`${folder}/`));
}

function linksIn(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => readlinkSync(`${folder}/${name}`));
  } catch {
    // A process or a file of it is gone, or is none of ours.
    return [];
  }
}

test('no engine holds a picture open after its job', async () => {
  const size = { width: 256, height: 256 };
  const inputs = {
    'image.edit': { prompt: 'at night', sourceImage: picture },
    'image.generate': { prompt: 'a red boat', ...size, referenceImages: [picture] },
    'video.generate': { prompt: 'slow push-in', ...size, durationFrames: 9, startFrameImage: picture },
    'trellis.generate': {
      sourceImage: picture,
      qualityPreset: 'fast',
      targetFaceCount: 1000,
      textureSize: 256,
    },
  };
  for (const [task, input] of Object.entries(inputs)) {
    const { body } = await appliance.call('POST', '/api/v1/media/jobs', { body: { task, input } });
    expect([task, (await untilJob(appliance, body.jobId)).status]).toEqual([task, 'succeeded']);
  }
  expect(openFilesIn(`${appliance.dataFolder}/files`)).toEqual([]);
});
