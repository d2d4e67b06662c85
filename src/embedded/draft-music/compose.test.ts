import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { composeSong } from './compose.ts';
import { allotBars, planForm } from './form.ts';
import { parseLyrics } from './lyrics.ts';
import { keyName, readStyle } from './style.ts';
import { splitSyllables } from './syllables.ts';
import { chordOn, frequencyOf, voiceChord } from './theory.ts';

test('lyrics split at their labels, and the last of several choruses is the big one', () => {
  const sections = parseLyrics(
    '[Verse 1]\na\nb\n\n[Pre-Chorus]\nc\n[Chorus]\nd\n[Guitar Solo]\n[Chorus]\ne\n[Coda]',
  );
  expect(sections.map(({ kind, lines }) => [kind, lines.length])).toEqual([
    ['verse', 2],
    ['pre-chorus', 1],
    ['chorus', 1],
    ['instrumental', 0],
    ['final chorus', 1],
    ['outro', 0],
  ]);
});

test('unlabelled stanzas: the repeated one is the chorus', () => {
  const sections = parseLyrics('one line\n\nhook line\n\ntwo lines\n\nhook line');
  expect(sections.map(({ kind }) => kind)).toEqual(['verse', 'chorus', 'verse', 'final chorus']);
});

test.each([
  ['Neon rivers run beneath the silent street', 10],
  ['stone table', 3],
  ['¿Dónde está el corazón?', 7],
  ['夜に駆ける', 5],
  ['Город спит', 3],
])('%s has %d syllables', (line, count) => {
  expect(splitSyllables(line)).toHaveLength(count);
});

test.each([
  ['electro-pop, 128 bpm, in A minor', 'electro-pop', 128, 'A minor'],
  ['techno, BPM: 135, C# phrygian', 'techno', 135, 'C# phrygian'],
  ['jazz, Bb major, tempo 120', 'jazz', 120, 'Bb major'],
])('the tags "%s" are heeded', (tags, genre, tempoBpm, key) => {
  const style = readStyle(tags, 1);
  expect([style.genre.name, style.tempoBpm, keyName(style.key)]).toEqual([genre, tempoBpm, key]);
});

test('moods choose the mode and words the singer', () => {
  expect(readStyle('sad pop', 3).key.mode).toBe('minor');
  expect(readStyle('happy pop', 3).key.mode).toBe('major');
  expect(readStyle('male vocals', 3).voice).toBe('low');
  expect(readStyle('female vocals', 3).voice).toBe('high');
  expect(readStyle('instrumental', 3).sung).toBe(false);
  expect(readStyle('waltz', 3).beatsPerBar).toBe(3);
});

test('bars are shared out exactly, each section getting at least one', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 10 }),
      fc.nat({ max: 120 }),
      (weights, extra) => {
        const shares = allotBars(weights, weights.length + extra);
        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(weights.length + extra);
        expect(Math.min(...shares)).toBeGreaterThanOrEqual(1);
      },
    ),
  );
});

test('chords move their voices little', () => {
  const key = { tonic: 0, mode: 'major' } as const;
  const home = voiceChord(chordOn(key, 0), { centre: 60, previous: [] });
  const next = voiceChord(chordOn(key, 5), { centre: 60, previous: home });
  const moved = next.reduce((sum, pitch, i) => sum + Math.abs(pitch - (home[i] ?? 0)), 0);
  expect(moved).toBeLessThanOrEqual(2);
  expect(frequencyOf(69)).toBe(440);
});

test('any tags and lyrics make a song whose notes are finite, in range and inside its time', () => {
  const tag = fc.constantFrom(
    ...['techno', 'waltz', 'sad ballad', 'dnb', 'trap 808', 'ambient no drums', 'country', 'jazz', 'reggae'],
    ...['epic cinematic', '60 bpm', '190 bpm', 'metal', 'bossa nova', 'house pumping', 'funk', '???'],
  );
  const line = fc.constantFrom(
    '[Verse]',
    '[Chorus]',
    '[Bridge]',
    '',
    'la la la la',
    'a very long line of many syllables indeed',
    '…',
  );
  fc.assert(
    fc.property(
      fc.array(tag, { maxLength: 3 }),
      fc.array(line, { maxLength: 20 }),
      fc.integer({ min: 15, max: 90 }),
      fc.nat(),
      (tags, lines, durationSeconds, seed) => {
        const style = readStyle(tags.join(', '), seed);
        const { tempoBpm, beatsPerBar, energyBias } = style;
        const sections = parseLyrics(lines.join('\n'));
        const form = planForm({ sections, durationSeconds, tempoBpm, beatsPerBar, energyBias });
        const score = composeSong({ form, style, seed, durationSeconds });
        expect(score.at(-1)?.endSeconds).toBe(durationSeconds);
        const sung = score.flatMap(({ phrases }) => phrases.flatMap((phrase) => phrase.notes));
        const notes = [...score.flatMap((section) => section.notes), ...sung];
        expect(notes.length).toBeGreaterThan(0);
        for (const { startSeconds, seconds, pitch } of notes) {
          expect(startSeconds).toBeGreaterThan(-0.1);
          expect(startSeconds + seconds).toBeLessThan(durationSeconds + 6);
          expect(seconds).toBeGreaterThan(0);
          expect(pitch).toBeGreaterThanOrEqual(20);
          expect(pitch).toBeLessThanOrEqual(110);
        }
      },
    ),
    { numRuns: 60 },
  );
});

test('a song too short for all its sections leaves out the lightest and says so', () => {
  const sections = parseLyrics(
    '[Intro]\n[Verse]\na\nb\nc\n[Chorus]\nd\ne\nf\n[Bridge]\ng\n[Chorus]\nh\ni\nj\n[Outro]',
  );
  const form = planForm({ sections, durationSeconds: 15, tempoBpm: 70, beatsPerBar: 4, energyBias: 0 });
  expect(form.sections).toHaveLength(form.bars);
  expect(form.omittedLabels).toContain('Intro');
});
