import { expect, setDefaultTimeout, test } from 'bun:test';
import { join } from 'node:path';
import { ffprobe } from '../../media/ffmpeg.ts';
import type { AudioFormat } from '../../media/formats.ts';
import { decodePcm } from '../../media/pcm.ts';
import { probe } from '../../media/probe.ts';
import type { MossSoundEffectParams } from '../../tasks/moss-sound-effect.ts';
import { runEngine } from '../../testing/run-engine.ts';
import { bandShare, levels, powerSpectrum, spectralFlatness } from '../../testing/measure-sound.ts';
import { samplePeak, sampleRate } from '../sound/signal.ts';

// Real children on a shared machine: a limit against hanging, not a measure of speed.
setDefaultTimeout(60_000);

const defaults: MossSoundEffectParams = {
  prompt: 'rain',
  durationSeconds: 2,
  qualityKbps: 128,
  outputFormat: 'wav',
  topK: 50,
  maxNewTokens: 1024,
  seed: 11,
};

async function make(params: Partial<MossSoundEffectParams>) {
  const run = await runEngine({
    program: 'src/embedded/draft-effects/main.ts',
    task: 'moss.sound.effect',
    params: { ...defaults, ...params },
  });
  const path = join(run.outputFolder, run.result.outputs[0]?.filename ?? '');
  return { ...run, path };
}

/** The comment of the container or the stream, wherever the format keeps it. */
async function commentOf(path: string): Promise<string> {
  const shown = await ffprobe([
    '-show_entries',
    'format_tags=comment:stream_tags=comment',
    '-of',
    'csv=p=0',
    path,
  ]);
  return new TextDecoder().decode(shown).trim();
}

async function hear(params: Partial<MossSoundEffectParams>) {
  const { path, result } = await make(params);
  const { channels } = await decodePcm(path, { sampleRate, channels: 2 });
  const [left = new Float32Array(0), right = new Float32Array(0)] = channels;
  const mono = left.map((value, i) => (value + (right[i] ?? 0)) / 2);
  return { left, right, mono, metadata: result.metadata, power: powerSpectrum(mono, 4096) };
}

test.each<[AudioFormat, number, number]>([
  ['wav', 1, 64],
  ['flac', 2.5, 320],
  ['mp3', 3, 320],
  ['opus', 1.7, 320],
])(
  '%s of %d s decodes to exactly its length, labelled a draft',
  async (outputFormat, durationSeconds, qualityKbps) => {
    const { path, result, progress } = await make({ outputFormat, durationSeconds, qualityKbps });
    const { channels } = await decodePcm(path, { sampleRate, channels: 2 });
    const samples = channels[0]?.length ?? 0;
    const slack = outputFormat === 'mp3' || outputFormat === 'opus' ? 1152 : 0;
    expect(Math.abs(samples - durationSeconds * sampleRate)).toBeLessThanOrEqual(slack);
    const probed = await probe(path);
    expect(await commentOf(path)).toContain('Draft made by a Killa Tamata embedded engine');
    if (outputFormat === 'mp3') expect(Number(probed.streams[0]?.bit_rate)).toBe(320_000);
    expect(result.outputs).toEqual([
      expect.objectContaining({ filename: `effect.${outputFormat}`, durationSeconds }),
    ]);
    expect(progress.at(-1)?.stage).toBe('encode');
  },
);

test('the peak is at about −1 dBFS and the end is quiet', async () => {
  const { left, right } = await hear({ prompt: 'a loud explosion', durationSeconds: 3 });
  const peak = 20 * Math.log10(samplePeak(left, right));
  expect(peak).toBeGreaterThan(-1.6);
  expect(peak).toBeLessThan(-0.9);
  expect(samplePeak(left.subarray(-20))).toBeLessThan(0.002);
});

test('a bell is tonal and rain is noise', async () => {
  const bell = await hear({ prompt: 'a church bell', durationSeconds: 3 });
  const rain = await hear({ prompt: 'heavy rain', durationSeconds: 3 });
  expect(spectralFlatness(bell.power, 100, 8000)).toBeLessThan(0.02);
  expect(spectralFlatness(rain.power, 1500, 10_000)).toBeGreaterThan(0.5);
});

test('thunder lies low and breaking glass lies high', async () => {
  const thunder = await hear({ prompt: 'thunder', durationSeconds: 4 });
  const glass = await hear({ prompt: 'glass shattering', durationSeconds: 2 });
  expect(bandShare(thunder.power, 0, 300)).toBeGreaterThan(0.8);
  expect(bandShare(glass.power, 1500, 16_000)).toBeGreaterThan(0.8);
});

test('a shot comes after its click, strikes in an instant and echoes off the canyon', async () => {
  const { mono, metadata } = await hear({
    prompt: 'pistol shot in a dry canyon with a quick mechanical click and short tail echo',
    durationSeconds: 3,
  });
  expect(metadata).toMatchObject({ draft: true, families: ['click', 'gun shot'], space: 'canyon' });
  const envelope = levels(mono, 0.005);
  const loudest = envelope.indexOf(Math.max(...envelope));
  const shotAt = envelope.findIndex((level) => level > (envelope[loudest] ?? 1) * 0.5);
  expect(loudest - shotAt).toBeLessThanOrEqual(4);
  const before = Math.max(...envelope.slice(0, shotAt - 4));
  expect(before).toBeGreaterThan(0.01);
  expect(before).toBeLessThan((envelope[loudest] ?? 0) / 2);
  // Level falls after the shot and rises again with the first echo.
  const after = levels(mono.subarray(Math.round(shotAt * 0.005 * sampleRate)), 0.05);
  const valley = Math.min(...after.slice(5, 9));
  expect(Math.max(...after.slice(8, 14))).toBeGreaterThan(valley * 2);
});

test('the same request gives the same bytes; another seed, prompt, topK or maxNewTokens does not', async () => {
  const bytes = async (params: Partial<MossSoundEffectParams>) =>
    new Bun.CryptoHasher('sha256')
      .update(
        await Bun.file((await make({ prompt: 'campfire', durationSeconds: 1, ...params })).path).bytes(),
      )
      .digest('hex');
  const first = await bytes({});
  expect(await bytes({})).toBe(first);
  const others = await Promise.all([
    bytes({ seed: 12 }),
    bytes({ prompt: 'small campfire' }),
    bytes({ topK: 10 }),
    bytes({ maxNewTokens: 256 }),
  ]);
  expect(new Set([first, ...others]).size).toBe(5);
});

test('an unknown prompt still sounds, and says that it was a guess', async () => {
  const { mono, metadata } = await hear({ prompt: 'florgle nib quux' });
  expect(metadata).toMatchObject({ guessed: true, note: expect.stringContaining('No word') });
  expect(samplePeak(mono)).toBeGreaterThan(0.3);
});
