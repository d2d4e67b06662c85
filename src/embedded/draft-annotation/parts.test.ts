import { describe, expect, test } from 'bun:test';
import { noveltyBoundaries } from './novelty.ts';
import { assessQuality } from './quality.ts';
import { kindOfLabel, sectionsFromNovelty, sectionsFromTags } from './sections.ts';
import { melSpectrogram, sampleRate } from './spectra.ts';
import { detectActivity } from './speech-activity.ts';
import { speakWords } from './spoken-words.ts';
import { parseTranscript } from './transcript.ts';

const line = (index: number, sectionIndex: number, startSeconds: number, endSeconds: number) => ({
  ...{ index, sectionIndex, startSeconds, endSeconds },
  ...{ text: 'la', words: [index] },
});

describe('transcript', () => {
  test('tags, blank lines and bare punctuation are no words', () => {
    const parsed = parseTranscript('[Verse 1]\r\nOne — two, [three]!\n\n...\n[Outro]\n', 'en');
    expect(parsed.sections).toEqual(['Verse 1', 'Outro']);
    expect(parsed.words.map(({ text }) => text)).toEqual(['One', 'two,', '[three]!']);
    expect(parsed.lines).toEqual([{ text: 'One — two, [three]!', sectionIndex: 0, wordIndices: [0, 1, 2] }]);
  });

  test('a language without spaces falls into words', () => {
    expect(parseTranscript('今日は良い天気です。', 'ja').words.length).toBeGreaterThan(2);
  });
});

describe('spoken words', () => {
  test('as many pieces as words, also where the synthesiser joins or splits them', async () => {
    const transcript = parseTranscript(
      'Boots on the porch and a laptop in 1999\nof the end — to be or not',
      'en',
    );
    const spoken = await speakWords(transcript, {
      voice: 'en-us',
      signal: new AbortController().signal,
      onLine: async () => {},
    });
    expect(spoken.starts.length).toBe(transcript.words.length + 1);
    const seconds = spoken.starts
      .slice(1)
      .map((end, index) => (end - spoken.starts[index]!) / spoken.sampleRate);
    expect(Math.min(...seconds)).toBeGreaterThan(0.04);
    const [number, the] = [seconds[8]!, seconds[2]!];
    expect(number).toBeGreaterThan(3 * the);
  });
});

test('of a steady tone it is said that no speech was found, not that it is silent', async () => {
  const tone = Float32Array.from(
    { length: 2 * sampleRate },
    (_, n) => 0.5 * Math.sin((2 * Math.PI * 440 * n) / sampleRate),
  );
  const mel = await melSpectrogram(tone, async () => {});
  const heard = { mel, activity: detectActivity(mel), durationSeconds: 2 };
  const { warnings } = assessQuality({ transcriptGiven: false, words: [], placed: null, heard });
  expect(warnings).toContain('No speech was found.');
});

describe('sections', () => {
  test.each([
    ['Final Chorus', 'chorus'],
    ['Pre-Chorus', 'pre-chorus'],
    ['Verse 2', 'verse'],
    ['Guitar Solo', 'solo'],
    ['Whatever', 'other'],
  ] as const)('%s is a %s', (label, kind) => {
    expect(kindOfLabel(label)).toBe(kind);
  });

  test('sections without lines share the time between their neighbours', () => {
    const lines = [line(0, 1, 10, 20), line(1, 4, 32, 40)];
    const sections = sectionsFromTags(['Intro', 'Verse', 'Solo', 'Break', 'Chorus', 'Outro'], lines, 60);
    expect(sections.map(({ startSeconds }) => startSeconds)).toEqual([0, 10, 20, 26, 32, 40]);
    expect(sections.map(({ endSeconds }) => endSeconds)).toEqual([10, 20, 26, 32, 40, 60]);
  });

  test('a change of sound is a boundary', async () => {
    const samples = Float32Array.from({ length: 48 * sampleRate }, (_, n) => {
      const time = n / sampleRate;
      const hertz = time < 17 ? 200 : time < 31 ? 2200 : 600;
      return 0.3 * Math.sin(2 * Math.PI * hertz * time) * (1 + 0.5 * Math.sin(7 * time));
    });
    const boundaries = noveltyBoundaries(await melSpectrogram(samples));
    expect(boundaries.length).toBe(2);
    expect(Math.abs(boundaries[0]! - 17)).toBeLessThanOrEqual(0.5);
    expect(Math.abs(boundaries[1]! - 31)).toBeLessThanOrEqual(0.5);
    const sections = sectionsFromNovelty(boundaries, 48);
    expect(sections.map(({ label }) => label)).toEqual(['Part 1', 'Part 2', 'Part 3']);
    expect(sections.at(-1)?.endSeconds).toBe(48);
  });
});
