import { beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { mkdtempSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ffmpeg } from '../../media/ffmpeg.ts';
import { engineComment } from '../../media/formats.ts';
import { decodePcm } from '../../media/pcm.ts';
import { probe, streamOf } from '../../media/probe.ts';
import { runnerConformance } from '../../runners/conformance.ts';
import type { VideoCombineParams } from '../../tasks/video-combine.ts';
import { runEngine } from '../../testing/run-engine.ts';
import { inspectClip } from './inspect-clip.ts';

setDefaultTimeout(60_000);

const program = 'src/embedded/video-combine/main.ts';
const sampleRate = 48_000;
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kt-combine-'));
});

interface ClipOptions {
  frames: number;
  fps?: string;
  size?: string;
  /** Blue-difference of the whole clip: tells the clips apart. */
  cb?: number;
  /** Times of clicks in the clip's sound, which lasts `soundSeconds`; silent film when left out. */
  clicks?: number[];
  soundSeconds?: number;
  codec?: string[];
  name?: string;
}

/** A clip whose luma counts its frames: frame n has 20 + 3n, wrapping after 70. */
async function makeClip(options: ClipOptions): Promise<string> {
  const {
    frames,
    fps = '30',
    size = '64x48',
    cb = 128,
    clicks,
    codec = ['-c:v', 'libx264', '-crf', '8'],
  } = options;
  const path = join(folder, options.name ?? `${crypto.randomUUID()}.mp4`);
  const picture = `nullsrc=s=${size}:r=${fps},format=yuv420p,geq=lum='20+3*mod(N,70)':cb=${cb}:cr=128,trim=end_frame=${frames}`;
  const click = (clicks ?? []).map((at) => `between(t,${at},${at + 0.002})`).join('+') || '0';
  const sound = `aevalsrc=exprs='0.8*sin(2*PI*3000*t)*(${click})':s=${sampleRate}:d=${options.soundSeconds ?? 1}`;
  await ffmpeg([
    ...['-f', 'lavfi', '-i', picture],
    ...(clicks ? ['-f', 'lavfi', '-i', sound, '-c:a', 'aac', '-b:a', '128k'] : []),
    ...['-pix_fmt', 'yuv420p', ...codec, path],
  ]);
  return path;
}

async function combine(params: Partial<VideoCombineParams> & { clipPaths: string[] }) {
  const defaults = { overlapFrames: 0, frameRate: { numerator: 30, denominator: 1 }, width: 64, height: 48 };
  const run = await runEngine({ program, task: 'video.combine', params: { ...defaults, ...params } });
  return { ...run, path: join(run.outputFolder, 'video.mp4') };
}

/** Mean luma and blue-difference of every frame, in the middle of the picture. */
async function frameColours(path: string): Promise<{ counter: number; cb: number }[]> {
  const middle = 'crop=8:8,scale=8:8,format=yuv420p';
  const raw = await ffmpeg(['-i', path, '-vf', middle, '-vsync', '0', '-f', 'rawvideo', 'pipe:1']);
  const mean = (bytes: Uint8Array) => bytes.reduce((sum, value) => sum + value, 0) / bytes.length;
  return Array.from({ length: raw.length / 96 }, (_, i) => {
    const frame = raw.subarray(i * 96, (i + 1) * 96);
    return {
      counter: Math.round((mean(frame.subarray(0, 64)) - 20) / 3),
      cb: Math.round(mean(frame.subarray(64, 80))),
    };
  });
}

/** Seconds at which clicks begin. */
async function clickTimes(path: string): Promise<number[]> {
  const { channels } = await decodePcm(path, { sampleRate, channels: 1 });
  const times: number[] = [];
  for (const [i, sample] of (channels[0] ?? new Float32Array(0)).entries()) {
    const at = i / sampleRate;
    if (Math.abs(sample) > 0.2 && at - (times.at(-1) ?? -1) > 0.02) times.push(at);
  }
  return times;
}

function expectTimes(found: number[], expected: number[], withinSeconds = 0.002) {
  expect(found.length).toBe(expected.length);
  for (const [i, at] of expected.entries())
    expect(Math.abs((found[i] ?? -1) - at)).toBeLessThan(withinSeconds);
}

async function countFrames(path: string): Promise<number> {
  const probed = await probe(path, { countPackets: true });
  return Number(streamOf(probed, 'video')?.nb_read_packets);
}

const range = (start: number, end: number) => Array.from({ length: end - start }, (_, i) => start + i);

describe('video.combine', () => {
  test('keeps every frame of every clip, in order, and trims the overlap from all but the first', async () => {
    const clipPaths = [
      await makeClip({ frames: 20, cb: 90 }),
      await makeClip({ frames: 15, cb: 128 }),
      await makeClip({ frames: 9, cb: 160 }),
    ];
    const { path, result } = await combine({ clipPaths, overlapFrames: 4 });
    const colours = await frameColours(path);
    expect(colours.map(({ counter }) => counter)).toEqual([...range(0, 20), ...range(4, 15), ...range(4, 9)]);
    expect(colours.map(({ cb }) => Math.round((cb - 90) / 35))).toEqual([
      ...Array<number>(20).fill(0),
      ...Array<number>(11).fill(1),
      ...Array<number>(5).fill(2),
    ]);
    expect(result.outputs[0]).toMatchObject({ frames: 36, width: 64, height: 48, durationSeconds: 1.2 });
    expect(result.metadata).toMatchObject({
      method: 'encoded',
      frames: 36,
      clipFrames: [20, 11, 5],
      hasAudio: false,
    });
    expect(streamOf(await probe(path), 'audio')).toBeUndefined();
  });

  test('copies the pictures of clips that need no change', async () => {
    const clipPaths = [
      await makeClip({ frames: 20 }),
      await makeClip({ frames: 15 }),
      await makeClip({ frames: 30 }),
    ];
    const { path, result } = await combine({ clipPaths });
    expect(result.metadata).toMatchObject({ method: 'copied', frames: 65 });
    const counters = (await frameColours(path)).map(({ counter }) => counter);
    expect(counters).toEqual([...range(0, 20), ...range(0, 15), ...range(0, 30)]);
    const video = streamOf(await probe(path), 'video');
    expect(video).toMatchObject({ r_frame_rate: '30/1', avg_frame_rate: '30/1' });
  });

  test('copies pictures that stand behind the sound in their file', async () => {
    const pictureFirst = await makeClip({ frames: 30, clicks: [0.4] });
    const soundFirst = join(folder, 'sound-first.mp4');
    await ffmpeg(['-i', pictureFirst, '-map', '0:a', '-map', '0:v', '-c', 'copy', soundFirst]);
    const { path, result } = await combine({ clipPaths: [pictureFirst, soundFirst, pictureFirst] });
    expect(result.metadata).toMatchObject({ method: 'copied', frames: 90 });
    const counters = (await frameColours(path)).map(({ counter }) => counter);
    expect(counters).toEqual([...range(0, 30), ...range(0, 30), ...range(0, 30)]);
    expectTimes(await clickTimes(path), [0.4, 1.4, 2.4]);
  });

  test('names its engine, and tags the colours that the clips have, copied or encoded', async () => {
    const tags = ['-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709'];
    const codec = ['-c:v', 'libx264', ...tags];
    const clips = { clipPaths: [await makeClip({ frames: 9, codec }), await makeClip({ frames: 9, codec })] };
    for (const [method, size] of [
      ['copied', {}],
      ['encoded', { width: 32 }],
    ] as const) {
      const { path, result } = await combine({ ...clips, ...size });
      expect(result.metadata).toMatchObject({ method });
      expect((await probe(path)).format.tags?.comment).toBe(engineComment('video-combine'));
      const { video } = await inspectClip(path, new AbortController().signal);
      expect(video).toMatchObject({
        color_space: 'bt709',
        color_primaries: 'bt709',
        color_transfer: 'bt709',
      });
    }
  });

  test('copied pictures keep their sound in sync at every seam', async () => {
    const clipPaths = await Promise.all(
      range(0, 4).map((i) =>
        makeClip({ frames: 31, clicks: [0.1 + i * 0.05, 0.9], soundSeconds: i % 2 ? 0.95 : 1.5 }),
      ),
    );
    const { path, result } = await combine({ clipPaths });
    expect(result.metadata.method).toBe('copied');
    const seconds = 31 / 30;
    const expected = range(0, 4).flatMap((i) => [i * seconds + 0.1 + i * 0.05, i * seconds + 0.9]);
    expectTimes(await clickTimes(path), expected);
    expect(await countFrames(path)).toBe(124);
  });

  test('trims sound with the pictures and does not drift over many clips at a fractional rate', async () => {
    const frameRate = { numerator: 30_000, denominator: 1001 };
    const one = await makeClip({ frames: 23, fps: '30000/1001', clicks: [0.4], soundSeconds: 0.6 });
    const { path } = await combine({ clipPaths: Array<string>(10).fill(one), overlapFrames: 4, frameRate });
    const frameSeconds = 1001 / 30_000;
    const expected = range(0, 10).map((i) => (i === 0 ? 0.4 : (23 + (i - 1) * 19 - 4) * frameSeconds + 0.4));
    expectTimes(await clickTimes(path), expected);
    const probed = await probe(path, { countPackets: true });
    expect(streamOf(probed, 'video')).toMatchObject({ nb_read_packets: '194', r_frame_rate: '30000/1001' });
    expect(Number(streamOf(probed, 'audio')?.duration)).toBeCloseTo(194 * frameSeconds, 2);
  });

  test('brings other rates and sizes onto the canvas, and fills a silent clip with silence', async () => {
    const clipPaths = [
      await makeClip({ frames: 30, clicks: [0.5], cb: 90 }),
      await makeClip({ frames: 25, fps: '25', size: '96x48' }),
      await makeClip({ frames: 60, fps: '60', size: '48x96', clicks: [0.25, 0.75] }),
    ];
    const { path, result } = await combine({ clipPaths });
    expect(result.metadata).toMatchObject({ frames: 90, clipFrames: [30, 30, 30], hasAudio: true });
    expect(await countFrames(path)).toBe(90);
    expectTimes(await clickTimes(path), [0.5, 2.25, 2.75]);
    const counters = (await frameColours(path)).map(({ counter }) => counter);
    expect(counters.slice(0, 30)).toEqual(range(0, 30));
    expect(counters.slice(60)).toEqual(range(0, 30).map((n) => 2 * n));
    const rows = await ffmpeg([
      '-ss',
      '1.5',
      '-i',
      path,
      '-frames:v',
      '1',
      '-pix_fmt',
      'gray',
      '-f',
      'rawvideo',
      'pipe:1',
    ]);
    const row = (y: number) => rows[y * 64 + 32] ?? 0;
    expect(row(2)).toBeLessThan(20);
    expect(row(45)).toBeLessThan(20);
    expect(row(24)).toBeGreaterThan(40);
  });

  test('reads the clip as it is shown: late sound, variable rate, rotation, ten bits and full range', async () => {
    const straight = await makeClip({ frames: 30, size: '48x64' });
    const rotated = join(folder, 'rotated.mp4');
    await ffmpeg(['-i', straight, '-c', 'copy', '-metadata:s:v:0', 'rotate=90', rotated]);
    const late = join(folder, 'late.mp4');
    const noisy = await makeClip({ frames: 30, clicks: [0.2] });
    await ffmpeg([
      '-i',
      noisy,
      '-itsoffset',
      '0.3',
      '-i',
      noisy,
      '-map',
      '0:v',
      '-map',
      '1:a',
      '-c',
      'copy',
      late,
    ]);
    const variable = join(folder, 'variable.mkv');
    const drop = "select='not(between(n,5,14))'";
    await ffmpeg([
      '-i',
      noisy,
      '-vf',
      drop,
      '-vsync',
      'vfr',
      '-c:v',
      'libx264',
      '-crf',
      '8',
      '-an',
      variable,
    ]);
    const tenBits = await makeClip({
      frames: 30,
      codec: ['-c:v', 'libx265', '-crf', '8', '-x265-params', 'log-level=none'],
      name: 'ten.mp4',
    });
    const { path, result } = await combine({ clipPaths: [rotated, late, variable, tenBits] });
    expect(result.metadata.clipFrames).toEqual([30, 30, 30, 30]);
    const counters = (await frameColours(path)).map(({ counter }) => counter);
    expect(counters.slice(30, 60)).toEqual(range(0, 30));
    expect(counters.slice(60, 90)).toEqual([...range(0, 5), ...Array<number>(10).fill(4), ...range(15, 30)]);
    expect(counters.slice(90)).toEqual(range(0, 30));
    expectTimes(await clickTimes(path), [1.5]);
    expect(streamOf(await probe(path), 'video')).toMatchObject({ pix_fmt: 'yuv420p', profile: 'High' });
  });

  test('refuses a trim that swallows a clip, naming it', async () => {
    const clipPaths = [
      await makeClip({ frames: 20 }),
      await makeClip({ frames: 20 }),
      await makeClip({ frames: 4 }),
    ];
    const refused = combine({ clipPaths, overlapFrames: 4 });
    await expect(refused).rejects.toMatchObject({
      kind: 'invalid_input',
      message: expect.stringContaining('Clip 2'),
    });
  });

  test('refuses a file without pictures, naming it', async () => {
    const sound = join(folder, 'sound.wav');
    await ffmpeg(['-f', 'lavfi', '-i', 'sine=d=1', sound]);
    const refused = combine({ clipPaths: [await makeClip({ frames: 20 }), sound] });
    await expect(refused).rejects.toMatchObject({
      kind: 'invalid_input',
      message: expect.stringContaining('Clip 1'),
    });
  });

  test('writes the same bytes for the same clips', async () => {
    const clipPaths = [
      await makeClip({ frames: 20, clicks: [0.3] }),
      await makeClip({ frames: 20, fps: '25' }),
    ];
    const [first, second] = [await combine({ clipPaths }), await combine({ clipPaths })];
    expect(await Bun.file(second.path).bytes()).toEqual(await Bun.file(first.path).bytes());
  });
});

const conformanceFolder = mkdtempSync(join(tmpdir(), 'kt-combine-conformance-'));
const conformanceClips = {
  short: join(conformanceFolder, 'short.mp4'),
  long: join(conformanceFolder, 'long.mp4'),
};

beforeAll(async () => {
  for (const [path, size, seconds] of [
    [conformanceClips.short, '64x48', 1],
    [conformanceClips.long, '1280x720', 20],
  ] as const) {
    await ffmpeg(['-f', 'lavfi', '-i', `testsrc=s=${size}:r=30:d=${seconds}`, '-preset', 'ultrafast', path]);
  }
});

runnerConformance('video-combine', ['bun', 'run', program], {
  task: 'video.combine',
  params: conformanceParams(conformanceClips.short, { width: 64, height: 48 }),
  longParams: conformanceParams(conformanceClips.long, { width: 1920, height: 1088 }),
  outputs: ['video.mp4'],
  seconds: 30,
});

function conformanceParams(path: string, canvas: { width: number; height: number }): VideoCombineParams {
  return {
    clipPaths: [path, path],
    overlapFrames: 2,
    frameRate: { numerator: 60, denominator: 1 },
    ...canvas,
  };
}
