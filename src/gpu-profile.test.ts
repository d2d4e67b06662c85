import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { existsSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { ffmpeg } from './media/ffmpeg.ts';
import { loadManifests } from './runners/manifest.ts';
import { tasks } from './tasks/registry.ts';
import { startGpuAppliance } from './testing/gpu-appliance.ts';
import { type Answer, projectRoot, type TestAppliance, untilJob } from './testing/test-appliance.ts';
import { makeTinyWeights, smallerRunners, testEnvironments, tinyModels } from './testing/tiny-weights.ts';

const secondsMax = 300;
const areRunnersHere = Object.values(testEnvironments).every((folder) =>
  existsSync(join(folder, 'bin/python')),
);

/** The appliance with the profile `gpu`, its real runners, and weights so tiny that a processor does for a GPU. */
describe.skipIf(!areRunnersHere)('the whole way from HTTP to a model and back', () => {
  let appliance: TestAppliance;
  let weights: Record<string, string>;
  beforeAll(async () => {
    const manifests = (await loadManifests(join(projectRoot, 'models'))).map(({ name }) => name);
    weights = await makeTinyWeights(tinyModels.filter((model) => manifests.includes(model)));
    appliance = await startGpuAppliance({
      ...{ environments: testEnvironments, weights, runnerFiles: smallerRunners() },
      // Importing torch and its friends takes seconds, and a busy machine makes that a minute.
      settings: { KT_SCHEDULER_CPU_SLOTS: '1', KT_RUNNER_START_SECONDS: '300' },
    });
  }, secondsMax * 1000);
  afterAll(async () => {
    await appliance.stop();
    rmSync(appliance.dataFolder, { recursive: true, force: true });
    for (const folder of Object.values(weights)) rmSync(dirname(folder), { recursive: true, force: true });
  });

  const tried = new Set<string>();

  async function run(task: string, input: object, engine = 'gpu'): Promise<Answer['body']> {
    tried.add(task);
    const { status, body } = await appliance.call('POST', '/api/v1/media/jobs', { body: { task, input } });
    expect({ status, body }).toMatchObject({ status: 202, body: { engine, draft: false } });
    const job = await untilJob(appliance, body.jobId, undefined, secondsMax);
    expect(job).toMatchObject({ status: 'succeeded', engine, draft: false });
    return job;
  }

  const inline = async (path: string, mimeType: string) => ({
    dataBase64: Buffer.from(await Bun.file(path).bytes()).toString('base64'),
    mimeType,
  });

  const size = { width: 128, height: 64 };
  const redPicture = async () => {
    const red = sharp({ create: { width: 128, height: 64, channels: 3, background: 'red' } });
    return { dataBase64: (await red.png().toBuffer()).toString('base64'), mimeType: 'image/png' };
  };

  test(
    'image.generate',
    async () => {
      const { outputs } = await run('image.generate', { prompt: 'a boat', ...size });
      expect(outputs).toEqual([expect.objectContaining({ mimeType: 'image/webp', ...size })]);
    },
    secondsMax * 1000,
  );

  test(
    'image.edit',
    async () => {
      const input = { prompt: 'make it blue', sourceImage: await redPicture(), outputFormat: 'png' };
      const { outputs } = await run('image.edit', input);
      expect(outputs).toEqual([expect.objectContaining({ mimeType: 'image/png', ...size })]);
    },
    secondsMax * 1000,
  );

  test(
    'audio.speak',
    async () => {
      const input = {
        text: 'We launch at dawn, hold formation, and come home.',
        voiceDescription: 'A warm calm narrator.',
        outputFormat: 'wav',
      };
      const { outputs } = await run('audio.speak', input);
      expect(outputs).toEqual([expect.objectContaining({ mimeType: 'audio/wav' })]);
      expect(outputs[0].durationSeconds).toBeGreaterThan(0);
    },
    secondsMax * 1000,
  );

  test(
    'audio.annotation.reference',
    async () => {
      const path = join(appliance.dataFolder, 'tone.wav');
      await ffmpeg(['-f', 'lavfi', '-i', 'sine=frequency=300:duration=4', '-ar', '22050', path]);
      const input = { sourceAudio: await inline(path, 'audio/wav'), transcript: 'boots on the porch' };
      const { outputs } = await run('audio.annotation.reference', input);
      expect(outputs[0]).toMatchObject({ mimeType: 'application/json' });
    },
    secondsMax * 1000,
  );

  test(
    'ace.step.create',
    async () => {
      const input = {
        tags: 'calm piano',
        lyrics: '[Verse]\nHello there',
        durationSeconds: 15,
        outputFormat: 'wav',
      };
      const { outputs } = await run('ace.step.create', input);
      expect(outputs).toEqual([expect.objectContaining({ mimeType: 'audio/wav', durationSeconds: 15 })]);
    },
    secondsMax * 1000,
  );

  test(
    'moss.sound.effect',
    async () => {
      const input = { prompt: 'A pistol shot in a canyon.', durationSeconds: 2, outputFormat: 'flac' };
      const { outputs } = await run('moss.sound.effect', input);
      expect(outputs).toEqual([expect.objectContaining({ mimeType: 'audio/flac', durationSeconds: 2 })]);
    },
    secondsMax * 1000,
  );

  test(
    'video.generate',
    async () => {
      const input = {
        ...{ prompt: 'a robot dances', width: 128, height: 64, durationFrames: 9, sampledFps: 12 },
        ...{ interpolationFps: 30, startFrameImage: await redPicture() },
      };
      const { outputs } = await run('video.generate', input);
      expect(outputs).toEqual([
        expect.objectContaining({ mimeType: 'video/mp4', ...size, frames: 21, durationSeconds: 0.7 }),
      ]);
    },
    secondsMax * 1000,
  );

  test(
    'trellis.generate',
    async () => {
      const input = { sourceImage: await redPicture(), targetFaceCount: 900, textureSize: 256 };
      const { outputs } = await run('trellis.generate', input);
      expect(outputs).toEqual([
        expect.objectContaining({ filename: 'model.glb', mimeType: 'model/gltf-binary' }),
        expect.objectContaining({ filename: 'preview.webp', width: 512, height: 512 }),
      ]);
    },
    secondsMax * 1000,
  );

  test(
    'video.combine, which needs no GPU and is no draft',
    async () => {
      const clip = async (name: string, color: string) => {
        const path = join(appliance.dataFolder, name);
        const source = `color=${color}:size=128x64:rate=30:duration=1`;
        await ffmpeg(['-f', 'lavfi', '-i', source, '-pix_fmt', 'yuv420p', path]);
        return inline(path, 'video/mp4');
      };
      const input = { videos: [await clip('red.mp4', 'red'), await clip('blue.mp4', 'blue')] };
      const { outputs } = await run('video.combine', input, 'ffmpeg');
      expect(outputs).toEqual([
        expect.objectContaining({ mimeType: 'video/mp4', ...size, frames: 60, durationSeconds: 2 }),
      ]);
    },
    secondsMax * 1000,
  );

  test('those were all tasks', () => {
    expect([...tried].toSorted()).toEqual([...tasks.keys()].toSorted());
  });
});
