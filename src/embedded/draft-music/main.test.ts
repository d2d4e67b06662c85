import { expect, setDefaultTimeout, test } from 'bun:test';
import { join } from 'node:path';
import { ffprobe } from '../../media/ffmpeg.ts';
import { type AudioFormat, draftComment } from '../../media/formats.ts';
import { decodePcm } from '../../media/pcm.ts';
import type { AceStepCreateParams } from '../../tasks/ace-step-create.ts';
import { runEngine } from '../../testing/run-engine.ts';
import { levels } from '../../testing/measure-sound.ts';
import { integratedLoudness } from '../sound/loudness.ts';
import { sampleRate } from '../sound/signal.ts';

// Real children on a shared machine: a limit against hanging, not a measure of speed.
setDefaultTimeout(60_000);

const lyrics = `[Intro]
[Verse]
Neon rivers run beneath the silent street
I can hear the city moving to my beat
[Chorus]
We are electric, we are alive
Burning like stars in the deep of the sky
[Outro]
You and I`;
const defaults: AceStepCreateParams = {
  tags: 'electro-pop, 128 bpm, female vocals, synth lead, A minor',
  lyrics,
  durationSeconds: 15,
  qualityPreset: 'standard',
  qualityKbps: 128,
  outputFormat: 'wav',
  language: 'en',
  seed: 7,
  numInferenceSteps: 60,
  guidanceScale: 15,
};

async function make(params: Partial<AceStepCreateParams>) {
  const run = await runEngine({
    program: 'src/embedded/draft-music/main.ts',
    task: 'ace.step.create',
    params: { ...defaults, ...params },
  });
  return { ...run, path: join(run.outputFolder, run.result.outputs[0]?.filename ?? '') };
}

async function hear(params: Partial<AceStepCreateParams>) {
  const run = await make(params);
  const { channels } = await decodePcm(run.path, { sampleRate, channels: 2 });
  const [left = new Float32Array(0), right = new Float32Array(0)] = channels;
  return { ...run, metadata: run.result.metadata, left, right };
}

/** Tags of the container or the stream, wherever the format keeps them. */
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

test.each<[AudioFormat, number, number]>([
  ['wav', 15, 128],
  ['flac', 15.5, 128],
  ['mp3', 15, 192],
  ['opus', 17, 320],
])(
  '%s of %d s has exactly its length, its rate and its label',
  async (outputFormat, durationSeconds, qualityKbps) => {
    const { path, left, result } = await hear({ outputFormat, durationSeconds, qualityKbps });
    const slack = outputFormat === 'mp3' || outputFormat === 'opus' ? 1152 : 0;
    expect(Math.abs(left.length - durationSeconds * sampleRate)).toBeLessThanOrEqual(slack);
    expect(await commentOf(path)).toContain(draftComment.split(',')[0] ?? '');
    expect(result.outputs[0]).toMatchObject({ filename: `music.${outputFormat}`, durationSeconds });
    if (outputFormat === 'mp3' || outputFormat === 'opus') {
      const kbps = (Bun.file(path).size * 8) / durationSeconds / 1000;
      expect(Math.abs(kbps - qualityKbps)).toBeLessThan(qualityKbps * 0.04);
    }
  },
);

/** How often the level jumps, compared with itself a beat later: the lag in seconds with the best match. */
function bestLag(signal: Float32Array, nearSeconds: number): number {
  const stepSeconds = 0.005;
  const level = levels(signal, stepSeconds).map((value) => Math.log(value + 0.02));
  const onsets = level.map((value, i) => Math.max(0, value - (level[i - 1] ?? value)));
  const mean = onsets.reduce((sum, value) => sum + value, 0) / onsets.length;
  let best = 0;
  let most = Number.NEGATIVE_INFINITY;
  // Twelve beats are whole bars of three and of four; within 4 % no other eighth can be mistaken for them.
  const beats = 12;
  const expected = (nearSeconds * beats) / stepSeconds;
  for (let offset = Math.ceil(expected * 0.96); offset < expected * 1.04; offset++) {
    let sum = 0;
    for (let i = 0; i + offset < onsets.length; i++) {
      sum += ((onsets[i] ?? 0) - mean) * ((onsets[i + offset] ?? 0) - mean);
    }
    if (sum > most) {
      most = sum;
      best = (offset * stepSeconds) / beats;
    }
  }
  return best;
}

test.each([
  ['house, 124 bpm', 124],
  ['rock', null],
  ['waltz, piano', null],
])('%s keeps the tempo that it names', async (tags, named) => {
  const { left, metadata } = await hear({ tags, durationSeconds: 24 });
  const tempoBpm = Number(metadata.tempoBpm);
  if (named !== null) expect(tempoBpm).toBe(named);
  const beatSeconds = 60 / tempoBpm;
  const found = bestLag(left, beatSeconds);
  expect(Math.abs(found - beatSeconds) / beatSeconds).toBeLessThan(0.01);
});

test('sections fill the song in order, and the chorus is louder than the intro', async () => {
  const { left, metadata, progress } = await hear({ durationSeconds: 30 });
  const sections = metadata.sections as { label: string; startSeconds: number; endSeconds: number }[];
  expect(sections.map(({ label }) => label)).toEqual(['Intro', 'Verse', 'Chorus', 'Outro']);
  expect(sections[0]?.startSeconds).toBe(0);
  expect(sections.at(-1)?.endSeconds).toBe(30);
  for (const [index, section] of sections.slice(1).entries()) {
    expect(section.startSeconds).toBe(sections[index]?.endSeconds ?? -1);
  }
  const levelOf = (label: string) => {
    const section = sections.find((each) => each.label === label);
    const part = left.subarray(
      Math.round((section?.startSeconds ?? 0) * sampleRate),
      Math.round((section?.endSeconds ?? 0) * sampleRate),
    );
    return levels(part, part.length / sampleRate)[0] ?? 0;
  };
  expect(levelOf('Chorus')).toBeGreaterThan(levelOf('Intro') * 1.6);
  expect(levelOf('Verse')).toBeGreaterThan(levelOf('Intro'));
  const stages = new Set(progress.map(({ stage }) => stage));
  for (const stage of ['Intro', 'Verse', 'Chorus', 'Outro', 'mix', 'master', 'encode']) {
    expect(stages).toContain(stage);
  }
  const fractions = progress.map(({ fraction }) => fraction);
  expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
});

test('loudness is about −14 LUFS, the true peak under −1 dBTP, without DC, ending in silence', async () => {
  const { left, right, path } = await hear({ durationSeconds: 20, outputFormat: 'mp3' });
  expect(Math.abs(integratedLoudness({ left, right }) + 14)).toBeLessThan(1);
  const { stderr } = Bun.spawnSync(
    ['ffmpeg', '-hide_banner', '-nostats', '-i', path, '-af', 'ebur128=peak=true', '-f', 'null', '-'],
    { stderr: 'pipe' },
  );
  const report = stderr.toString();
  expect(Number(/Peak:\s+(-?[\d.]+) dBFS/.exec(report)?.[1])).toBeLessThanOrEqual(-1);
  expect(Number(/I:\s+(-?[\d.]+) LUFS\s+Threshold/.exec(report)?.[1])).toBeLessThan(-13);
  const mean = left.reduce((sum, value) => sum + value, 0) / left.length;
  expect(Math.abs(mean)).toBeLessThan(0.001);
  expect(levels(left.subarray(-sampleRate / 50), 0.02)[0]).toBeLessThan(0.002);
});

test('the same request gives the same bytes; another seed, tags, lyrics or preset does not', async () => {
  const digest = async (params: Partial<AceStepCreateParams>) =>
    new Bun.CryptoHasher('sha256').update(await Bun.file((await make(params)).path).bytes()).digest('hex');
  const first = await digest({});
  expect(await digest({})).toBe(first);
  const others = [
    await digest({ seed: 8 }),
    await digest({ tags: `${defaults.tags}, strings` }),
    await digest({ lyrics: lyrics.replace('electric', 'electrical') }),
    await digest({ qualityPreset: 'high_quality' }),
  ];
  expect(new Set([first, ...others]).size).toBe(5);
});

test('an instrumental has no singer and a form of its own', async () => {
  const { metadata } = await make({ lyrics: '', tags: 'lo-fi' }).then(({ result }) => result);
  expect(metadata).toMatchObject({ draft: true, sung: false, genre: 'lo-fi' });
  expect(metadata.sections).not.toBeEmpty();
});
