import { expect, test } from 'bun:test';
import priceList from '../../config/pricing.toml';
import { checkPricing, InvalidPricing } from './pricing.ts';
import { tasks } from './registry.ts';

function problems(raw: unknown): readonly string[] {
  try {
    checkPricing(raw);
  } catch (error) {
    if (error instanceof InvalidPricing) return error.problems;
    throw error;
  }
  return [];
}

test('the shipped price list prices every task, and drafts are free', () => {
  const pricing = checkPricing(priceList);
  expect([...pricing.byTask.keys()]).toEqual([...tasks.keys()]);
  expect(pricing.draftMultiplier).toBe(0);
});

test('a price list names every bad key with its table, its value and what is allowed', () => {
  const image = { minimumMicros: 'ten', perMegapixelMicro: 1, highDetailPercent: 150 };
  const found = problems({ ...priceList, 'image.generate': image, pricing: { draftMultiplier: -1 } });
  expect(found).toEqual([
    '[pricing] draftMultiplier must be a number from 0 to 100, not -1.',
    '["image.generate"] perMegapixelMicros is required: a whole number of at least 0.',
    '["image.generate"] perMegapixelMicro is not known; did you mean `perMegapixelMicros`?',
    '["image.generate"] minimumMicros must be a whole number of at least 0, not "ten".',
  ]);
});

test('a price list with an unknown or a missing table is refused', () => {
  const { 'image.edit': _, ...rest } = priceList;
  const found = problems({ ...rest, 'image.edits': {} });
  expect(found).toEqual([
    '["image.edit"] is required: an object.',
    '["image.edits"] is not known; did you mean `image.edit`?',
  ]);
  expect(problems(null)).toEqual(['The file must be an object, not null.']);
});
