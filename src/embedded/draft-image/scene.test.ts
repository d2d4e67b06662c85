import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { seededRandom } from '../../media/random.ts';
import { composeLayers } from './composition.ts';
import { readScene } from './scene.ts';

const read = (prompt: string, seed = 1) => readScene(prompt, seededRandom(seed));

test.each([
  ['cinematic fox astronaut', { setting: 'space', bust: 'fox', outfit: 'astronaut' }],
  ['neon city at dawn', { setting: 'city', light: 'dawn', moods: ['neon'] }],
  ['a boat on a lake', { setting: 'lake', object: 'sailboat', bust: null }],
  ['portrait of a queen', { setting: 'studio', bust: 'person', outfit: 'royal' }],
  ['forest in winter', { setting: 'forest', moods: ['cold'], weather: ['snow'] }],
  ['abstract waves', { setting: 'abstract' }],
  ['astronaut cat in a meadow', { setting: 'meadow', bust: 'cat', outfit: 'astronaut' }],
  ['a woman walking on the beach', { setting: 'sea', bust: null, object: 'figure' }],
  ['hot air balloon over mountains', { setting: 'mountains', object: 'balloon' }],
])('reads "%s"', (prompt, expected) => {
  expect(read(prompt)).toMatchObject(expected);
});

test('a named colour is what the subject takes', () => {
  const { subjectColor, palette } = read('a red car in the city');
  expect(subjectColor).toEqual(palette.accent);
  expect(subjectColor?.red).toBeGreaterThan((subjectColor?.blue ?? 1) + 0.3);
});

test('a prompt of unknown words keeps its setting for every seed, and prompts differ', () => {
  const settings = Array.from({ length: 20 }, (_, seed) => read('qwrtz plmok', seed).setting);
  expect(new Set(settings).size).toBe(1);
  const others = Array.from({ length: 40 }, (_, index) => read(`qwrtz${index}`).setting);
  expect(new Set(others).size).toBeGreaterThan(3);
});

test('any prompt gives a scene with something to paint', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 80 }), fc.nat(), (prompt, seed) => {
      expect(composeLayers(read(prompt, seed)).length).toBeGreaterThan(0);
    }),
  );
});
