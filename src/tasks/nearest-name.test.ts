import { expect, test } from 'bun:test';
import { nearestName } from './nearest-name.ts';

const names = ['prompt', 'width', 'height', 'startFrameImageUrl', 'durationSeconds', 'durationFrames'];

test.each([
  ['promt', 'prompt'],
  ['Prompt', 'prompt'],
  ['duration_seconds', 'durationSeconds'],
  ['durationFrame', 'durationFrames'],
  ['startFrameImageURL', 'startFrameImageUrl'],
  ['heigth', 'height'],
  ['duration', 'durationSeconds'],
  ['startFrame', 'startFrameImageUrl'],
])('%s was meant to be %s', (given, meant) => {
  expect(nearestName(given, names)).toBe(meant);
});

test.each(['colourSpace', 'x'.repeat(100_000), ''])('nothing is near %p', (given) => {
  expect(nearestName(given, ['negativeSpace', 'durationSeconds'])).toBeUndefined();
});
