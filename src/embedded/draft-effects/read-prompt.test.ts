import { expect, test } from 'bun:test';
import { seededRandom } from '../../media/random.ts';
import type { SoundRequest } from './family.ts';
import { families, readPrompt } from './read-prompt.ts';
import { placeSounds } from './timeline.ts';

const names = (prompt: string) => readPrompt(prompt).families.map(({ name }) => name);

test.each<[string, string[]]>([
  ['rain on a window with distant thunder', ['rain', 'thunder']],
  ['a train passing by', ['engine', 'whoosh']],
  ['machine gun burst', ['gun shot']],
  ['waterfall', ['stream']],
  ['footsteps, then a door knock', ['footsteps', 'knock']],
  ['wind without rain', ['wind']],
  ['thunderstorm', ['thunder', 'rain']],
  ['sci-fi laser zap', ['hum', 'laser']],
])('%s → %p', (prompt, expected) => {
  expect(names(prompt)).toEqual(expected);
});

test('manner words set size, speed, force, material and space', () => {
  const quiet = readPrompt('slow soft footsteps on wood in a hall');
  expect(quiet.traits).toMatchObject({ material: 'wood' });
  expect(quiet.traits.speed).toBeLessThan(1);
  expect(quiet.traits.force).toBeLessThan(0.5);
  expect(quiet.space.name).toBe('hall');
  expect(readPrompt('huge explosion').traits.size).toBeGreaterThan(readPrompt('tiny explosion').traits.size);
});

test('"then" puts lasting sounds one after the other', () => {
  const placed = placeSounds({
    reading: readPrompt('heavy rain then crickets'),
    durationSeconds: 10,
    seed: 1,
  });
  expect(placed.map(({ startSeconds, seconds }) => [startSeconds, seconds])).toEqual([
    [0, 5],
    [5, 5],
  ]);
});

test('a long time hears a single moment once and an ordinary one again', () => {
  const times = (prompt: string) =>
    placeSounds({ reading: readPrompt(prompt), durationSeconds: 30, seed: 1 }).length;
  expect(times('a single gunshot')).toBe(1);
  expect(times('gunshot')).toBeGreaterThan(3);
});

const extremes: Partial<SoundRequest>[] = [
  {},
  { seconds: 0.4, size: 0.05, speed: 2.5, force: 0.05, detail: 0.25, direction: 'rising', material: 'metal' },
  { seconds: 3, size: 1, speed: 0.4, force: 1, detail: 2, direction: 'falling', material: 'glass' },
];
test.each(families.map((family) => [family.name, family] as const))(
  '%s gives finite, audible sound at any size and speed',
  (_, family) => {
    for (const extreme of extremes) {
      const signal = family.render({
        seconds: 1.5,
        random: seededRandom(5),
        size: 0.5,
        speed: 1,
        force: 0.55,
        material: 'plain',
        direction: 'steady',
        detail: 1,
        ...extreme,
      });
      const energy = signal.reduce((sum, value) => sum + value * value, 0);
      expect(energy).toBeGreaterThan(0);
      expect(energy).toBeLessThan(Number.POSITIVE_INFINITY);
    }
  },
);
