import { beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Value } from '@sinclair/typebox/value';
import { Annotation } from '../../media/annotation.ts';
import { espeak, isInstalled } from '../../media/espeak.ts';
import { encodePcm } from '../../media/pcm.ts';
import { seededRandom } from '../../media/random.ts';
import { resampleMono } from '../../media/resample.ts';
import type { AudioAnnotationReferenceParams } from '../../tasks/audio-annotation-reference.ts';
import { runEngine } from '../../testing/run-engine.ts';
import { sampleRate } from './spectra.ts';
import { parseTranscript } from './transcript.ts';

// Aligning takes seconds where other programs want the processors too.
setDefaultTimeout(60_000);

const transcript = `[Intro]

[Verse 1]
We launch at dawn, hold formation, and bring everyone home safely.
The river keeps its secrets while the city sleeps below

[Chorus]
Sing it louder, sing it again — until the morning comes around!
Every broken window tells a story of the people in this town

[Outro]
Paper lanterns drifting slowly over water cold and deep`;

const otherTranscript = `[Verse]
The quarterly report shows a modest increase in operating margin across the division
Please remember to fasten your seatbelt before the aircraft begins its descent
My grandmother used to bake almond cookies for every birthday party
Software engineers often argue about tabs although nobody really cares anymore`;

/** A recording of which it is known when each word is said. */
interface Truth {
  samples: Float32Array;
  starts: number[];
}

let folder = '';
let spokenByEspeak: Truth;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kt-annotation-'));
  spokenByEspeak = await sayWordByWord({ voice: 'en-gb+f3', wordsPerMinute: 150, pitch: 60 });
});

function trim(samples: Float32Array): Float32Array {
  const first = samples.findIndex((sample) => Math.abs(sample) > 0.004);
  return samples.slice(first, samples.findLastIndex((sample) => Math.abs(sample) > 0.004) + 1);
}

function joinPieces(pieces: Float32Array[]): Float32Array {
  const joined = new Float32Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}

/** Every word for itself, with pauses between lines and some words: the truth is exact by construction. */
async function sayWordByWord(voice: {
  voice: string;
  wordsPerMinute: number;
  pitch: number;
}): Promise<Truth> {
  const random = seededRandom(11);
  const espeakRate = 22_050;
  const silence = (seconds: number) => new Float32Array(Math.round(seconds * espeakRate));
  const pieces = [silence(1.2)];
  const starts: number[] = [];
  let length = pieces[0]!.length;
  let lineIndex = 0;
  const add = (piece: Float32Array) => {
    pieces.push(Float32Array.from(piece));
    length += piece.length;
  };
  for (const word of parseTranscript(transcript, 'en').words) {
    if (word.lineIndex !== lineIndex) add(silence(0.3 + random()));
    else if (random() < 0.15) add(silence(0.4 * random()));
    lineIndex = word.lineIndex;
    starts.push(length / espeakRate);
    add(trim((await espeak(word.text, voice)).channels[0]!));
  }
  add(silence(1));
  const samples = await resampleMono({ sampleRate: espeakRate, channels: [joinPieces(pieces)] }, sampleRate);
  return { samples, starts };
}

/** Another synthesiser, in fluent sentences; it tells when each sound of speech ends. */
async function sayFluently(): Promise<Truth> {
  const flite = async (...args: string[]) => {
    const child = Bun.spawn(['flite', '-voice', 'slt', ...args], { stdout: 'pipe' });
    return (await new Response(child.stdout).text()).trim().split(/\s+/);
  };
  const pieces: Float32Array[] = [];
  const starts: number[] = [];
  let seconds = 0;
  const { lines, words } = parseTranscript(transcript, 'en');
  for (const line of lines) {
    const path = join(folder, 'line.wav');
    const sounds = (await flite('-t', line.text, '-psdur', '-o', path))
      .map((sound) => ({ name: sound.split(':')[0], endSeconds: Number(sound.split(':')[1]) }))
      .map((sound, index, all) => ({ ...sound, startSeconds: all[index - 1]?.endSeconds ?? 0 }))
      .filter(({ name }) => name !== 'pau');
    let first = 0;
    for (const index of line.wordIndices) {
      starts.push(seconds + sounds[first]!.startSeconds);
      const alone = await flite('-t', ` ${words[index]!.text} `, '-ps', '-o', 'none');
      first += alone.filter((name) => name !== 'pau').length;
    }
    expect(first).toBe(sounds.length);
    const wave = await Bun.file(path).arrayBuffer();
    const piece = Float32Array.from(new Int16Array(wave.slice(44)), (sample) => sample / 32_768);
    pieces.push(piece, new Float32Array(0.3 * sampleRate));
    seconds += piece.length / sampleRate + 0.3;
  }
  return { samples: joinPieces(pieces), starts };
}

function power(samples: Float32Array): number {
  return samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
}

/** Chords and a kick on every half second, `decibels` under the speech. */
function overMusic(speech: Float32Array, decibels: number): Float32Array {
  const music = speech.map((_, n) => {
    const time = n / sampleRate;
    const root = [220, 196, 174.6, 246.9][Math.floor(time / 2) % 4]!;
    const chord = [1, 1.26, 1.5].reduce(
      (sum, ratio) =>
        sum + Math.sin(2 * Math.PI * root * ratio * time) + 0.4 * Math.sin(4 * Math.PI * root * ratio * time),
      0,
    );
    return chord + 6 * Math.exp(-30 * (time % 0.5)) * Math.sin(2 * Math.PI * 60 * time);
  });
  const level = Math.sqrt((power(speech) / power(music)) * 10 ** (-decibels / 10));
  return speech.map((sample, n) => sample + level * music[n]!);
}

function inNoise(speech: Float32Array, decibels: number): Float32Array {
  const random = seededRandom(2);
  const level = Math.sqrt(power(speech) * 10 ** (-decibels / 10) * 12);
  return speech.map((sample) => sample + level * (random() - 0.5));
}

async function annotate(samples: Float32Array, changes: Partial<AudioAnnotationReferenceParams> = {}) {
  const sourceAudioPath = join(folder, `${Bun.randomUUIDv7()}.mp3`);
  await encodePcm({ sampleRate, channels: [samples] }, sourceAudioPath, { format: 'mp3', kbps: 96 });
  return annotateFile({ sourceAudioPath, ...changes });
}

async function annotateFile(changes: Partial<AudioAnnotationReferenceParams>) {
  const params = {
    ...{ transcript, language: 'en', transcriptionModel: 'distil-large-v3', device: 'auto', seed: 1 },
    ...changes,
  };
  const program = 'src/embedded/draft-annotation/main.ts';
  const run = await runEngine({ program, task: 'audio.annotation.reference', params });
  const text = await Bun.file(join(run.outputFolder, 'annotation.json')).text();
  const annotation = Value.Decode(Annotation, JSON.parse(text));
  expectInOrder(annotation);
  return { annotation, run, text };
}

/** What holds for every annotation. */
function expectInOrder({ words, sections, lyrics, beats, speechSegments, source }: Annotation): void {
  for (const list of [words, sections, lyrics.lines, speechSegments]) {
    for (const [index, span] of list.entries()) {
      expect(span.startSeconds).toBeLessThanOrEqual(span.endSeconds);
      expect(span.endSeconds).toBeLessThanOrEqual(source.durationSeconds + 1e-6);
      expect(span.startSeconds).toBeGreaterThanOrEqual((list[index - 1]?.endSeconds ?? 0) - 0.002);
    }
  }
  expect(beats.timesSeconds).toEqual(beats.timesSeconds.toSorted((a, b) => a - b));
  expect(lyrics.lines.flatMap((line) => line.words)).toEqual(words.map(({ index }) => index));
}

function startErrors(annotation: Annotation, truth: Truth): { median: number; p90: number } {
  expect(annotation.words.length).toBe(truth.starts.length);
  const errors = annotation.words
    .map((word, index) => Math.abs(word.startSeconds - truth.starts[index]!))
    .toSorted((a, b) => a - b);
  return { median: errors[Math.floor(errors.length / 2)]!, p90: errors[Math.floor(errors.length * 0.9)]! };
}

/** Sections follow their tags, and lines and words belong to them. */
function expectTaggedSections(annotation: Annotation): void {
  expect(annotation.sections.map(({ kind }) => kind)).toEqual(['intro', 'verse', 'chorus', 'outro']);
  expect(annotation.sections.every(({ source }) => source === 'tag')).toBe(true);
  expect(annotation.lyrics.lines.map(({ sectionIndex }) => sectionIndex)).toEqual([1, 1, 2, 2, 3]);
  const chorus = annotation.lyrics.lines[2]!;
  expect(annotation.sections[2]!.startSeconds).toBe(chorus.startSeconds);
  expect(Math.abs(chorus.startSeconds - spokenByEspeak.starts[chorus.words[0]!]!)).toBeLessThan(0.1);
  expect(annotation.sections[0]).toMatchObject({ startSeconds: 0 });
  expect(Math.abs(annotation.sections[0]!.endSeconds - 1.2)).toBeLessThan(0.1);
  expect(annotation.words[chorus.words[0]! + 2]!.text).toBe('louder,');
}

describe('audio.annotation.reference with a transcript', () => {
  test('finds words, lines and sections of another voice, said word by word, and says it is sure', async () => {
    const { annotation, run } = await annotate(spokenByEspeak.samples);
    const errors = startErrors(annotation, spokenByEspeak);
    expect(errors.median).toBeLessThan(0.04);
    expect(errors.p90).toBeLessThan(0.12);
    expect(annotation.qa.coverage).toBeGreaterThan(0.85);
    expect(annotation.qa.meanConfidence).toBeGreaterThan(0.7);
    expect(annotation.qa.driftSeconds).toBeLessThan(0.1);
    expect(annotation.transcriptionModel).toEqual({ requested: 'distil-large-v3', used: null });
    const [output] = run.result.outputs;
    expect(output).toMatchObject({ filename: 'annotation.json', mimeType: 'application/json' });
    expect(run.progress.length).toBeGreaterThan(10);
    expectTaggedSections(annotation);
  });

  test('finds words under music', async () => {
    const { annotation } = await annotate(overMusic(spokenByEspeak.samples, 6));
    expect(startErrors(annotation, spokenByEspeak).median).toBeLessThan(0.08);
    expect(annotation.qa.coverage).toBeGreaterThan(0.6);
  });

  test.skipIf(!isInstalled('flite'))(
    'finds words of fluent speech by another synthesiser, also in noise',
    async () => {
      const truth = await sayFluently();
      const clean = startErrors((await annotate(truth.samples)).annotation, truth);
      expect(clean.median).toBeLessThan(0.06);
      expect(clean.p90).toBeLessThan(0.2);
      const noisy = startErrors((await annotate(inNoise(truth.samples, 15))).annotation, truth);
      expect(noisy.median).toBeLessThan(0.12);
    },
  );

  test('a transcript of something else shows in the quality figures', async () => {
    const { annotation } = await annotate(spokenByEspeak.samples, { transcript: otherTranscript });
    expect(annotation.qa.coverage).toBeLessThan(0.2);
    expect(annotation.qa.meanConfidence).toBeLessThan(0.2);
    expect(annotation.qa.unmatchedWords.length).toBeGreaterThan(0.8 * annotation.words.length);
    expect(annotation.qa.warnings.join()).toContain('matches the recording poorly');
  });

  test('music that says nothing is not claimed to be matched', async () => {
    const music = overMusic(new Float32Array(20 * sampleRate).fill(0.1), 0).map((sample) => sample - 0.1);
    const { annotation } = await annotate(music);
    expect(annotation.qa.coverage).toBeLessThan(0.2);
  });

  test('a recording that is far too short or silent still gets every word, without confidence', async () => {
    for (const samples of [
      spokenByEspeak.samples.slice(0, 2 * sampleRate),
      new Float32Array(3 * sampleRate),
    ]) {
      const { annotation } = await annotate(samples);
      expect(annotation.words.length).toBe(spokenByEspeak.starts.length);
      expect(annotation.qa.meanConfidence).toBeLessThan(0.1);
      expect(annotation.qa.warnings.length).toBeGreaterThan(1);
    }
  });

  test('the same recording gives the same bytes', async () => {
    const samples = spokenByEspeak.samples.slice(0, 6 * sampleRate);
    const changes = { transcript: 'We launch at dawn, hold formation, and bring everyone home safely.' };
    expect((await annotate(samples, changes)).text).toBe((await annotate(samples, changes)).text);
  });

  test('a language that the aligner does not speak is placed as English, with a warning', async () => {
    const samples = spokenByEspeak.samples.slice(0, 6 * sampleRate);
    const { annotation } = await annotate(samples, { language: 'xx', transcript: 'We launch at dawn' });
    expect(annotation.qa.warnings.join()).toContain('"xx"');
  });
});

describe('audio.annotation.reference without a transcript', () => {
  test('says so, and still gives beats, sections and segments', async () => {
    const samples = overMusic(spokenByEspeak.samples, 0);
    const { annotation } = await annotate(samples, { transcript: null });
    expect(annotation.transcriptProvided).toBe(false);
    expect(annotation.words).toEqual([]);
    expect(annotation.qa.coverage).toBeNull();
    expect(annotation.qa.warnings.join()).toContain('No transcript was given');
    expect(annotation.sections.at(-1)!.endSeconds).toBeCloseTo(samples.length / sampleRate, 1);
    expect(annotation.speechSegments.length).toBeGreaterThan(0);
  });

  test('segments are where the voice is', async () => {
    const { annotation } = await annotate(spokenByEspeak.samples, { transcript: null });
    const [first] = annotation.speechSegments;
    expect(Math.abs(first!.startSeconds - spokenByEspeak.starts[0]!)).toBeLessThan(0.08);
    const seconds = annotation.speechSegments.reduce(
      (sum, span) => sum + span.endSeconds - span.startSeconds,
      0,
    );
    expect(seconds / annotation.source.durationSeconds).toBeGreaterThan(0.6);
    expect(seconds / annotation.source.durationSeconds).toBeLessThan(0.95);
  });

  test('a file without sound is refused', async () => {
    const sourceAudioPath = join(folder, 'text.mp3');
    await Bun.write(sourceAudioPath, 'no sound');
    await expect(annotateFile({ sourceAudioPath })).rejects.toMatchObject({ kind: 'invalid_input' });
  });
});
