import { beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { ffmpeg } from '../../media/ffmpeg.ts';
import { draftComment } from '../../media/formats.ts';
import { outputFrameCount } from '../../media/frames.ts';
import { decodePcm } from '../../media/pcm.ts';
import { probe, streamOf } from '../../media/probe.ts';
import { runnerConformance } from '../../runners/conformance.ts';
import type { VideoGenerateParams } from '../../tasks/video-generate.ts';
import { runEngine } from '../../testing/run-engine.ts';

setDefaultTimeout(60_000);

const program = 'src/embedded/draft-video/main.ts';
const size = { width: 192, height: 128 };
let folder = '';
let images: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kt-draft-video-'));
  images = await Promise.all([10, 80, 150, 220].map((hue) => makeImage(hue)));
});

/** A picture of another shape than the canvas, with soft colours and fine detail. */
async function makeImage(hue: number): Promise<string> {
  const path = join(folder, `image-${hue}.png`);
  const rings = `<pattern id="p" width="17" height="13" patternUnits="userSpaceOnUse"><circle cx="8" cy="6" r="4" fill="rgba(255,255,255,0.3)"/></pattern>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="300" height="300"><linearGradient id="g" x2="1" y2="1"><stop stop-color="hsl(${hue},40%,60%)"/><stop offset="1" stop-color="hsl(${hue + 60},30%,25%)"/></linearGradient>${rings}<rect width="300" height="300" fill="url(#g)"/><rect width="300" height="300" fill="url(#p)"/></svg>`;
  await sharp(Buffer.from(svg)).png().toFile(path);
  return path;
}

type Wanted = Partial<VideoGenerateParams>;

function paramsOf(wanted: Wanted): VideoGenerateParams {
  const { durationFrames = 17, sampledFps = 30, interpolationFps = 0 } = wanted;
  return {
    prompt: 'a quiet mountain valley at dawn',
    ...size,
    seed: 7,
    sampledFps,
    durationFrames,
    interpolationFps,
    outputFps: interpolationFps || sampledFps,
    outputFrames: outputFrameCount(durationFrames, sampledFps, interpolationFps),
    numInferenceSteps: 20,
    extremeQuality: false,
    startFrameImagePath: null,
    overlapFrameImagePaths: [],
    finalFrameImagePath: null,
    referenceAudioPath: null,
    ...wanted,
  };
}

async function generate(wanted: Wanted) {
  const run = await runEngine({ program, task: 'video.generate', params: paramsOf(wanted) });
  return { ...run, path: join(run.outputFolder, 'video.mp4') };
}

/** Every frame as packed RGB. */
async function framesOf(path: string): Promise<Uint8Array[]> {
  const raw = await ffmpeg(['-i', path, '-vsync', '0', '-pix_fmt', 'rgb24', '-f', 'rawvideo', 'pipe:1']);
  const bytes = size.width * size.height * 3;
  return Array.from({ length: raw.length / bytes }, (_, i) => raw.subarray(i * bytes, (i + 1) * bytes));
}

async function coverCropped(path: string): Promise<Uint8Array> {
  return new Uint8Array(
    await sharp(path).resize(size.width, size.height, { fit: 'cover' }).removeAlpha().raw().toBuffer(),
  );
}

/** Peak signal-to-noise ratio in decibels. */
function psnr(a: Uint8Array | undefined, b: Uint8Array | undefined): number {
  if (!a || !b || a.length !== b.length) throw new RangeError('Two pictures of one size are needed.');
  const squares = a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0);
  return 10 * Math.log10(255 ** 2 / Math.max(1e-6, squares / a.length));
}

async function makeClicks(at: readonly number[], seconds: number): Promise<string> {
  const path = join(folder, `clicks-${at.join('-')}.ogg`);
  const click = at.map((time) => `between(t,${time},${time + 0.004})`).join('+');
  const tone = `aevalsrc=exprs='0.8*sin(2*PI*2000*t)*(${click})':s=44100:d=${seconds}`;
  await ffmpeg(['-f', 'lavfi', '-i', tone, '-c:a', 'libopus', '-b:a', '128k', path]);
  return path;
}

async function clickTimes(path: string): Promise<number[]> {
  const { channels } = await decodePcm(path, { sampleRate: 48_000, channels: 1 });
  const times: number[] = [];
  for (const [i, sample] of (channels[0] ?? new Float32Array(0)).entries()) {
    if (Math.abs(sample) > 0.2 && i / 48_000 - (times.at(-1) ?? -1) > 0.05) times.push(i / 48_000);
  }
  return times;
}

describe('video.generate', () => {
  test.each([
    { durationFrames: 9, sampledFps: 30, interpolationFps: 60, frames: 17 },
    { durationFrames: 33, sampledFps: 24, interpolationFps: 0, frames: 33 },
    { durationFrames: 257, sampledFps: 25, interpolationFps: 60, frames: 615 },
    { durationFrames: 25, sampledFps: 12, interpolationFps: 50, frames: 101 },
  ])(
    'writes $frames frames for $durationFrames at $sampledFps fps, interpolated to $interpolationFps',
    async (rate) => {
      const { path, result, progress } = await generate({ ...rate, width: 96, height: 64, seed: 3 });
      const fps = rate.interpolationFps || rate.sampledFps;
      const probed = await probe(path, { countPackets: true });
      expect(streamOf(probed, 'video')).toMatchObject({
        nb_read_packets: String(rate.frames),
        r_frame_rate: `${fps}/1`,
        codec_name: 'h264',
        profile: 'High',
        pix_fmt: 'yuv420p',
      });
      expect(streamOf(probed, 'audio')).toBeUndefined();
      expect(result.outputs[0]).toMatchObject({ frames: rate.frames, width: 96, height: 64 });
      expect(result.outputs[0]?.durationSeconds).toBeCloseTo(rate.frames / fps, 6);
      expect(progress.length).toBeGreaterThan(0);
    },
  );

  test('says that it is a draft, tags BT.709 and puts the index first', async () => {
    const { path, result } = await generate({});
    expect(result.metadata.draft).toBe(true);
    expect((await probe(path)).format.tags?.comment).toBe(draftComment);
    const tags = [
      '-show_entries',
      'stream=color_space,color_primaries,color_transfer,color_range',
      '-of',
      'csv=p=0',
    ];
    const shown = Bun.spawnSync(['ffprobe', '-v', 'error', ...tags, path])
      .stdout.toString()
      .trim();
    expect(shown).toBe('tv,bt709,bt709,bt709');
    const file = Buffer.from(await Bun.file(path).bytes());
    expect(file.indexOf('moov')).toBeLessThan(file.indexOf('mdat'));
  });

  test('begins with the start frame and ends with the final frame, cover-cropped', async () => {
    const { path } = await generate({
      startFrameImagePath: images[0]!,
      finalFrameImagePath: images[1]!,
      durationFrames: 49,
      interpolationFps: 60,
    });
    const frames = await framesOf(path);
    expect(frames.length).toBe(97);
    expect(psnr(frames[0], await coverCropped(images[0]!))).toBeGreaterThan(38);
    expect(psnr(frames[96], await coverCropped(images[1]!))).toBeGreaterThan(38);
    expect(psnr(frames[1], frames[0])).toBeGreaterThan(30);
    expect(psnr(frames[96], frames[95])).toBeGreaterThan(30);
    expect(psnr(frames[48], frames[0])).toBeLessThan(30);
  });

  test('shows the overlap frames as the first sampled frames and goes on from the last', async () => {
    const overlapFrameImagePaths = images.slice(0, 3);
    const { path, result } = await generate({ overlapFrameImagePaths, interpolationFps: 60 });
    expect(result.metadata).toMatchObject({ mode: 'image-to-video', overlapFrames: 3 });
    const frames = await framesOf(path);
    const given = await Promise.all(overlapFrameImagePaths.map(coverCropped));
    for (const [i, picture] of given.entries()) expect(psnr(frames[2 * i], picture)).toBeGreaterThan(38);
    const between = given[0]!.map((value, i) => (value + given[1]![i]!) / 2);
    expect(psnr(frames[1], between)).toBeGreaterThan(36);
    expect(psnr(frames[5], frames[4])).toBeGreaterThan(30);
  });

  test('carries the reference audio in sync, padded with silence to the length of the clip', async () => {
    const at = [0.05, 0.4, 1.1];
    const referenceAudioPath = await makeClicks(at, 1.2);
    const wanted = {
      startFrameImagePath: images[0]!,
      referenceAudioPath,
      durationFrames: 49,
      interpolationFps: 60,
    };
    const { path } = await generate(wanted);
    const found = await clickTimes(path);
    expect(found.length).toBe(at.length);
    for (const [i, time] of at.entries()) expect(Math.abs(found[i]! - time)).toBeLessThan(0.01);
    const audio = streamOf(await probe(path), 'audio');
    expect(audio).toMatchObject({ codec_name: 'aac', sample_rate: '48000', channels: 2 });
    expect(Math.abs(Number(audio?.duration) - 97 / 60)).toBeLessThan(0.025);
  });

  test('cuts longer reference audio at the end of the clip, and shows its loudness', async () => {
    const referenceAudioPath = await makeClicks([0.2, 0.9, 2], 3);
    const wanted = { startFrameImagePath: images[0]!, durationFrames: 33 };
    const { path } = await generate({ ...wanted, referenceAudioPath });
    expect((await clickTimes(path)).length).toBe(2);
    const [heard, silent] = [await framesOf(path), await framesOf((await generate(wanted)).path)];
    const brightness = (frame: Uint8Array | undefined) =>
      frame!.reduce((sum, value) => sum + value, 0) / frame!.length;
    expect(brightness(heard[7])).toBeGreaterThan(brightness(silent[7]) + 3);
    expect(Math.abs(brightness(heard[5]) - brightness(silent[5]))).toBeLessThan(1);
  });

  test('paints what the prompt names when no picture is given, and moves it', async () => {
    const city = await generate({ prompt: 'cinematic flythrough over a neon city', durationFrames: 33 });
    expect(city.result.metadata).toMatchObject({
      mode: 'text-to-video',
      place: 'city',
      mood: 'neon',
      cameraMove: 'flythrough',
    });
    const forest = await generate({
      prompt: 'slow push-in through a pine forest in the rain',
      durationFrames: 33,
    });
    expect(forest.result.metadata).toMatchObject({ place: 'forest', weather: 'rain', cameraMove: 'push-in' });
    const [cityFrames, forestFrames] = [await framesOf(city.path), await framesOf(forest.path)];
    expect(psnr(cityFrames[0], cityFrames[32])).toBeLessThan(30);
    expect(psnr(forestFrames[0], forestFrames[32])).toBeLessThan(30);
    expect(psnr(cityFrames[0], forestFrames[0])).toBeLessThan(20);
  });

  test('gives the same bytes for the same seed, and another picture for another', async () => {
    const bytes = async (seed: number) =>
      (await generate({ seed, prompt: 'snow over the sea', durationFrames: 9 })).path;
    const [first, again, other] = [await bytes(5), await bytes(5), await bytes(6)];
    expect(await Bun.file(again).bytes()).toEqual(await Bun.file(first).bytes());
    expect(psnr((await framesOf(other))[0], (await framesOf(first))[0])).toBeLessThan(35);
  });

  test('refuses a frame and a sound that cannot be read', async () => {
    const broken = join(folder, 'broken.png');
    await writeFile(broken, 'not a picture');
    await expect(generate({ startFrameImagePath: broken })).rejects.toMatchObject({ kind: 'invalid_input' });
    const silent = { startFrameImagePath: images[0]!, referenceAudioPath: broken };
    await expect(generate(silent)).rejects.toMatchObject({ kind: 'invalid_input' });
  });
});

runnerConformance('draft-video', ['bun', 'run', program], {
  task: 'video.generate',
  params: paramsOf({ durationFrames: 9 }),
  longParams: paramsOf({ width: 1280, height: 704, durationFrames: 601 }),
  outputs: ['video.mp4'],
  seconds: 30,
});
