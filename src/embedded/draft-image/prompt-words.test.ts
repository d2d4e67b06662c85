import { expect, test } from 'bun:test';
import { allMentioned, colorBefore, firstMentioned, promptColors, promptWords } from './prompt-words.ts';

test('plurals are read as singulars too', () => {
  expect(promptWords('Two foxes, glass boats')).toEqual([
    'two',
    'foxes',
    'foxe',
    'fox',
    'glass',
    'boats',
    'boat',
  ]);
});

test('a negated word is not wanted', () => {
  const words = promptWords('a lake without people, no snow');
  expect(words).not.toContain('people');
  expect(words).not.toContain('snow');
  expect(words).toContain('lake');
});

test('the choice mentioned first wins, and all are found in order', () => {
  const vocabulary = { lake: 'lake pond', city: 'city', forest: 'forest' };
  const words = promptWords('a pond in a forest by a lake');
  expect(firstMentioned(words, vocabulary)).toBe('lake');
  expect(allMentioned(words, vocabulary)).toEqual(['lake', 'forest']);
  expect(firstMentioned(promptWords('nothing of it'), vocabulary)).toBeNull();
});

test('words that are properties of every object choose nothing', () => {
  expect(firstMentioned(promptWords('constructor toString __proto__'), { lake: 'lake' })).toBeNull();
  expect(promptColors(promptWords('constructor toString valueOf'))).toEqual([]);
});

test('a colour belongs to the noun behind it', () => {
  const words = promptWords('red flowers in a dark blue vase');
  expect(colorBefore(words, ['vase'])).toEqual(promptColors(['blue'])[0]?.color ?? null);
  expect(colorBefore(words, ['flowers'])).toEqual(promptColors(['red'])[0]?.color ?? null);
  expect(colorBefore(words, ['table'])).toBeNull();
});
