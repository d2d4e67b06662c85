import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { ffmpeg } from '../../src/media/ffmpeg.ts';
import { makeReferenceFiles, pictureSvg } from '../../src/testing/reference-files.ts';

export interface EmbeddedJob {
  title: string;
  task: string;
  input: Record<string, unknown>;
  /** What the wall clock may show. */
  secondsMax?: number;
}

/** What is said in the reference's recording. */
const transcript = 'Boots on the porch and a laptop glow, I mint an A P I key before the roosters crow.\n';
const transcriptCharactersMax = 20_000;
const recordingSecondsMax = 1200;
const prompt = 'a lighthouse on a rocky coast at sunset';
const seed = 7;

/** Each task that has an embedded engine, with its defaults and at the largest size it takes. */
export async function embeddedJobs(folder: string): Promise<EmbeddedJob[]> {
  await mkdir(folder, { recursive: true });
  await makeReferenceFiles(folder);
  return [...(await pictureJobs(folder)), ...videoJobs(), ...(await soundJobs(folder))];
}

async function pictureJobs(folder: string): Promise<EmbeddedJob[]> {
  const picture = async (side: number) => {
    const path = join(folder, `${side}.png`);
    await sharp(pictureSvg(side, side, '#c04a20'))
      .png()
      .toFile(path);
    return inline(path, 'image/png');
  };
  const edit = 'turn this scene into a dramatic noir poster';
  const boat = await inline(join(folder, 'input/boat_ref.png'), 'image/png');
  const largestMesh = { targetFaceCount: 1_000_000, textureSize: 4096 };
  return [
    { title: 'image.generate 1024×1024', task: 'image.generate', input: { prompt, seed } },
    {
      ...{ title: 'image.generate 2048×2048, high detail', task: 'image.generate' },
      input: { prompt, seed, width: 2048, height: 2048, highDetail: true },
    },
    {
      ...{ title: 'image.edit 1024×1024', task: 'image.edit' },
      input: { prompt: edit, seed, sourceImage: await picture(1024) },
    },
    {
      ...{ title: 'image.edit 2048×2048, high detail', task: 'image.edit' },
      input: { prompt: edit, seed, sourceImage: await picture(2048), highDetail: true },
    },
    { title: 'trellis.generate balanced', task: 'trellis.generate', input: { sourceImage: boat, seed } },
    {
      ...{ title: 'trellis.generate high, 1M faces, 4096', task: 'trellis.generate' },
      input: { sourceImage: boat, seed, qualityPreset: 'high', ...largestMesh },
    },
  ];
}

function videoJobs(): EmbeddedJob[] {
  const task = 'video.generate';
  return [
    { title: 'video.generate 5 s 1280×704, 60 fps', task, input: { prompt, seed } },
    {
      ...{ title: 'video.generate 6 s 1920×1088, 60 fps', task, secondsMax: 60 },
      input: { prompt, seed, durationSeconds: 6, width: 1920, height: 1088, interpolationFps: 60 },
    },
    {
      ...{ title: 'video.generate 20 s 2048×2048, 60 fps', task },
      input: { prompt, seed, durationFrames: 601, width: 2048, height: 2048 },
    },
  ];
}

async function soundJobs(folder: string): Promise<EmbeddedJob[]> {
  const short = join(folder, 'input/country-heart-edit.mp3');
  const long = join(folder, 'long.mp3');
  await ffmpeg([
    '-stream_loop',
    '-1',
    '-i',
    short,
    '-t',
    String(recordingSecondsMax - 1),
    '-b:a',
    '64k',
    long,
  ]);
  const annotation = 'audio.annotation.reference';
  const voiceDescription = 'Warm confident narrator with balanced pacing.';
  const tags = 'anthemic electro-pop, wide stereo synths, punchy drums';
  const speech = 'We launch at dawn, hold formation, and bring everyone home safely. ';
  const repeated = transcript.repeat(Math.floor(transcriptCharactersMax / transcript.length));
  return [
    {
      title: 'audio.speak, a sentence',
      task: 'audio.speak',
      input: { text: speech, voiceDescription, seed },
    },
    {
      ...{ title: 'audio.speak, 600 characters', task: 'audio.speak' },
      input: { text: speech.repeat(10).slice(0, 600), voiceDescription, seed },
    },
    {
      ...{ title: `${annotation}, a sentence`, task: annotation },
      input: { sourceAudio: await inline(short, 'audio/mpeg'), transcript, seed },
    },
    {
      ...{ title: `${annotation}, 20 minutes`, task: annotation },
      input: { sourceAudio: await inline(long, 'audio/mpeg'), transcript: repeated, seed },
    },
    { title: 'ace.step.create 60 s', task: 'ace.step.create', input: { tags, seed } },
    {
      ...{ title: 'ace.step.create 240 s, high quality', task: 'ace.step.create' },
      input: { tags, seed, durationSeconds: 240, qualityPreset: 'high_quality' },
    },
    { title: 'moss.sound.effect 5 s', task: 'moss.sound.effect', input: { prompt: 'distant thunder', seed } },
    {
      ...{ title: 'moss.sound.effect 30 s', task: 'moss.sound.effect' },
      input: { prompt: 'distant thunder over steady rain', durationSeconds: 30, seed },
    },
  ];
}

async function inline(path: string, mimeType: string): Promise<object> {
  return { dataBase64: Buffer.from(await Bun.file(path).bytes()).toString('base64'), mimeType };
}
