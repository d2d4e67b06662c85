import { beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { draftComment } from '../../media/formats.ts';
import { decodePcm, encodePcm } from '../../media/pcm.ts';
import { trackPitch } from '../../media/pitch.ts';
import { probe } from '../../media/probe.ts';
import { seededRandom } from '../../media/random.ts';
import type { AudioSpeakParams } from '../../tasks/audio-speak.ts';
import { EngineRunError, runEngine } from '../../testing/run-engine.ts';
import { EngineError } from '../serve.ts';
import { designVoice } from './design-voice.ts';
import { loudnessLufs } from './master.ts';
import { pickSynthesizer } from './synthesize.ts';

setDefaultTimeout(60_000);

const design: AudioSpeakParams = {
  mode: 'voice_design',
  text: 'We launch at dawn, hold formation, and bring everyone home safely.',
  voiceDescription: 'Warm confident male narrator with balanced pacing.',
  language: 'English',
  referenceAudioPath: null,
  referenceTranscript: null,
  referenceAudioMaxSeconds: null,
  maxNewTokens: 384,
  qualityKbps: 128,
  outputFormat: 'mp3',
  seed: 7,
};

async function speak(changes: Partial<AudioSpeakParams> = {}) {
  const params = { ...design, ...changes };
  const run = await runEngine({
    program: 'src/embedded/draft-speech/main.ts',
    task: 'audio.speak',
    params,
  });
  return { ...run, path: join(run.outputFolder, `speech.${params.outputFormat}`) };
}

async function medianPitch(path: string): Promise<number> {
  const heard = await decodePcm(path, { sampleRate: 16_000, channels: 1 });
  return trackPitch(heard.channels[0]!, 16_000).medianHertz ?? 0;
}

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kt-speech-'));
});

/** A voice of exactly `hertz`: pulses through three formants, in syllables, swinging 4 % around. */
async function writeVoice(name: string, hertz: number, seconds: number): Promise<string> {
  const sampleRate = 16_000;
  const samples = new Float32Array(seconds * sampleRate);
  let phase = 0;
  for (let n = 0; n < samples.length; n++) {
    const time = n / sampleRate;
    const pitch = hertz * (1 + 0.04 * Math.sin(2 * Math.PI * 1.3 * time));
    phase += pitch / sampleRate;
    const syllable = Math.max(0, Math.sin(2 * Math.PI * 2 * time)) ** 0.5;
    for (let harmonic = 1; harmonic * pitch < 5000; harmonic++) {
      const formants = [550, 1500, 2500].map(
        (formant) => 1 / (1 + ((harmonic * pitch - formant) / 180) ** 2),
      );
      const level = (formants[0]! + formants[1]! / 3 + formants[2]! / 8 + 0.05) / harmonic ** 0.5;
      samples[n]! += 0.1 * syllable * level * Math.sin(2 * Math.PI * harmonic * phase);
    }
  }
  const path = join(folder, name);
  await encodePcm({ sampleRate, channels: [samples] }, path, { format: 'wav', kbps: 0 });
  return path;
}

async function writeSound(name: string, samples: Float32Array): Promise<string> {
  const path = join(folder, name);
  await encodePcm({ sampleRate: 16_000, channels: [samples] }, path, { format: 'wav', kbps: 0 });
  return path;
}

describe('audio.speak, designed voice', () => {
  test.each([
    { outputFormat: 'mp3', qualityKbps: 320, codec: 'mp3' },
    { outputFormat: 'opus', qualityKbps: 320, codec: 'opus' },
    { outputFormat: 'opus', qualityKbps: 64, codec: 'opus' },
    { outputFormat: 'wav', qualityKbps: 128, codec: 'pcm_s16le' },
    { outputFormat: 'flac', qualityKbps: 128, codec: 'flac' },
  ] as const)(
    'a $outputFormat of $qualityKbps kbps has its codec, bit rate, length and label',
    async (asked) => {
      const { path, result } = await speak(asked);
      const file = await probe(path);
      const [stream] = file.streams;
      expect(stream?.codec_name).toBe(asked.codec);
      expect(stream?.sample_rate).toBe('48000');
      const [output] = result.outputs;
      expect(output?.filename).toBe(`speech.${asked.outputFormat}`);
      expect(Math.abs(Number(file.format.duration) - (output?.durationSeconds ?? 0))).toBeLessThan(0.06);
      expect(output?.durationSeconds).toBeGreaterThan(3);
      expect(output?.durationSeconds).toBeLessThan(7);
      if (asked.outputFormat === 'mp3' || asked.outputFormat === 'opus') {
        const kbps = Number(file.format.bit_rate) / 1000;
        expect(Math.abs(kbps / asked.qualityKbps - 1)).toBeLessThan(0.06);
      }
      const tags = { ...file.format.tags, ...stream?.tags };
      expect(Object.entries(tags).find(([name]) => name.toLowerCase() === 'comment')?.[1]).toBe(draftComment);
    },
  );

  test('it is −16 LUFS loud and its true peak stays under −1 dB', async () => {
    for (const voiceDescription of ['an old man who whispers', 'deep robot on the radio']) {
      const { path } = await speak({ voiceDescription });
      const heard = await decodePcm(path, { sampleRate: 192_000, channels: 1 });
      const peak = heard.channels[0]!.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
      expect(20 * Math.log10(peak)).toBeLessThan(-1);
      const lufs = await loudnessLufs(heard, new AbortController().signal);
      expect(Math.abs(lufs + 16)).toBeLessThan(1);
    }
  });

  test('the same seed gives the same bytes, another seed another delivery, and progress rises to one', async () => {
    const [first, again, other] = await Promise.all([speak(), speak(), speak({ seed: 8 })]);
    const fractions = first.progress.map((report) => report.fraction);
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
    expect(fractions.at(-1)).toBe(1);
    const bytes = await Promise.all([first, again, other].map(({ path }) => Bun.file(path).bytes()));
    expect(Buffer.compare(bytes[0]!, bytes[1]!)).toBe(0);
    expect(Buffer.compare(bytes[0]!, bytes[2]!)).not.toBe(0);
  });

  test('the description drives sex, register and rate', async () => {
    const woman = await speak({ voiceDescription: 'A bright young woman', outputFormat: 'wav' });
    const man = await speak({ voiceDescription: 'A deep slow man', outputFormat: 'wav' });
    expect(await medianPitch(woman.path)).toBeGreaterThan(165);
    expect(await medianPitch(man.path)).toBeLessThan(110);
    expect(man.result.outputs[0]!.durationSeconds!).toBeGreaterThan(
      1.15 * woman.result.outputs[0]!.durationSeconds!,
    );
  });

  test('text that looks like a command, an option or markup is only said', async () => {
    const text = '--version; $(touch /tmp/x) `id` <break time="9s"/> & "quotes" \u0007';
    const { result } = await speak({ text });
    expect(result.outputs[0]!.durationSeconds!).toBeLessThan(20);
  });

  test('a budget of tokens cuts at a word and says so', async () => {
    const { result } = await speak({ maxNewTokens: 24 });
    expect(result.outputs[0]!.durationSeconds!).toBeLessThan(2 + 0.3);
    expect(result.outputs[0]!.durationSeconds!).toBeGreaterThan(1.2);
    expect(result.metadata.isCut).toBe(true);
    expect(String(result.metadata.notes)).toContain('maxNewTokens');
  });

  test('text without anything to say is refused', async () => {
    const refusal = speak({ text: '… — …' });
    await expect(refusal).rejects.toThrow(EngineRunError);
    await expect(refusal).rejects.toMatchObject({ kind: 'invalid_input' });
  });
});

describe('audio.speak, cloned voice', () => {
  const clone = { mode: 'voice_clone', voiceDescription: null, referenceAudioMaxSeconds: 6 } as const;

  test.each([100, 160, 220, 280])('a reference of %i Hz is met within 10 %', async (hertz) => {
    const referenceAudioPath = await writeVoice(`voice-${hertz}.wav`, hertz, 4);
    const { path, result } = await speak({ ...clone, referenceAudioPath });
    const pitch = await medianPitch(path);
    expect(Math.abs(pitch / hertz - 1)).toBeLessThan(0.1);
    expect(result.metadata.medianPitchHertz).toBeCloseTo(pitch, -1);
  });

  test('only the first seconds of the reference count', async () => {
    const low = await decodePcm(await writeVoice('low.wav', 100, 3), { sampleRate: 16_000, channels: 1 });
    const high = await decodePcm(await writeVoice('high.wav', 280, 6), { sampleRate: 16_000, channels: 1 });
    const both = Float32Array.of(...low.channels[0]!, ...high.channels[0]!);
    const referenceAudioPath = await writeSound('both.wav', both);
    const { path } = await speak({ ...clone, referenceAudioPath, referenceAudioMaxSeconds: 3 });
    expect(Math.abs((await medianPitch(path)) / 100 - 1)).toBeLessThan(0.1);
  });

  test('silence and noise have no voice: a plain one speaks and a note says so', async () => {
    const random = seededRandom(3);
    const noise = Float32Array.from({ length: 48_000 }, () => 0.2 * (random() - 0.5));
    for (const samples of [new Float32Array(48_000), noise]) {
      const { result } = await speak({ ...clone, referenceAudioPath: await writeSound('mute.wav', samples) });
      expect(result.outputs[0]!.durationSeconds!).toBeGreaterThan(2);
      expect(String(result.metadata.notes)).toContain('No voice was found');
    }
  });

  test('a reference that is too long, missing or no sound is refused', async () => {
    const text = join(folder, 'words.wav');
    await Bun.write(text, 'not a sound');
    const long = await writeSound('long.wav', new Float32Array(16_000 * 11));
    for (const referenceAudioPath of [long, null, text]) {
      await expect(speak({ ...clone, referenceAudioPath })).rejects.toMatchObject({ kind: 'invalid_input' });
    }
  });
});

describe('parts', () => {
  test('flite stands in for espeak-ng, and without both the package is named', () => {
    expect(pickSynthesizer((program) => program === 'flite')).toBe('flite');
    expect(() => pickSynthesizer(() => false)).toThrow(EngineError);
    expect(() => pickSynthesizer(() => false)).toThrow('apt-get install espeak-ng');
  });

  test('each seed stays near the described voice', () => {
    const rates = Array.from(
      { length: 50 },
      (_, seed) => designVoice('calm woman', seed).voice.wordsPerMinute,
    );
    expect(Math.max(...rates) / Math.min(...rates)).toBeLessThan(1.12);
    expect(new Set(rates).size).toBeGreaterThan(5);
  });
});
