import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { issuePaths, resolved, runnerParamsOf } from './task-fixture.ts';

const name = 'ace.step.create';
const tags = 'anthemic electro-pop, wide stereo synths';

test('tags alone make a minute of instrumental', () => {
  expect(runnerParamsOf(name, resolved(name, { tags, seed: 1 }))).toEqual({
    ...{ tags, lyrics: '', durationSeconds: 60, qualityPreset: 'standard', qualityKbps: 128 },
    ...{ outputFormat: 'mp3', language: 'en', seed: 1, numInferenceSteps: 30, guidanceScale: 7 },
  });
});

test('high_quality is longer, of a higher bit rate and sampled in more steps', () => {
  expect(resolved(name, { tags, qualityPreset: 'high_quality' }).effectiveInput).toMatchObject({
    ...{ durationSeconds: 108, quality: '192k', numInferenceSteps: 60 },
  });
});

test('given fields override the preset', () => {
  const input = { tags, qualityPreset: 'high_quality', durationSeconds: 15, quality: '64k' };
  expect(resolved(name, input).effectiveInput).toMatchObject({
    durationSeconds: 15,
    quality: '64k',
    numInferenceSteps: 60,
  });
});

test('stereo Opus may have 320k', () => {
  expect(resolved(name, { tags, quality: '320k', outputFormat: 'opus' }).inputAdjustments).toEqual([]);
});

test('mp3 is billed by the bit rate that it gets', () => {
  const asked = resolved(name, { tags, quality: '300k' });
  expect(asked.effectiveInput['quality']).toBe('320k');
  expect(asked.price).toEqual(resolved(name, { tags, quality: '320k' }).price);
});

test('a bit rate of wav still counts in the price, and that is said', () => {
  const job = resolved(name, { tags, quality: '192k', outputFormat: 'wav' });
  expect(job.inputAdjustments).toMatchObject([{ field: 'quality', from: '192k', to: null }]);
  expect(job.inputAdjustments[0]?.reason).toContain('price');
  expect(job.price).toEqual(resolved(name, { tags, quality: '192k' }).price);
});

test('lyrics may have 10,000 characters of two units each', () => {
  expect(resolved(name, { tags, lyrics: '🎵'.repeat(10_000) }).effectiveInput['lyrics']).toHaveLength(20_000);
  expect(issuePaths(name, { tags, lyrics: 'x'.repeat(10_001) })).toEqual(['/input/lyrics']);
});

test.each([
  ['no tags', {}, ['/input/tags']],
  ['blank tags', { tags: ' ' }, ['/input/tags']],
  ['14 s', { tags, durationSeconds: 14 }, ['/input/durationSeconds']],
  ['241 s', { tags, durationSeconds: 241 }, ['/input/durationSeconds']],
  ['an unknown preset', { tags, qualityPreset: 'best' }, ['/input/qualityPreset']],
  ['a language in words', { tags, language: 'English' }, ['/input/language']],
  ['a bit rate too high', { tags, quality: 400 }, ['/input/quality']],
])('refused: %s', (_, input, paths) => {
  expect(issuePaths(name, input)).toEqual(paths);
});

describe('price', () => {
  const price = (input: object) => resolved(name, { tags, ...input }).price.amountMicros;

  test.each([
    [{}, 61_440],
    [{ qualityPreset: 'high_quality' }, 165_888],
    [{ durationSeconds: 15, quality: '64k' }, 50_000],
    [{ durationSeconds: 240, quality: '320k' }, 614_400],
    [{ durationSeconds: 60.1, quality: '128k' }, 61_543],
  ])('%p costs %p micro-dollars', (input, amountMicros) => {
    expect(price(input)).toBe(amountMicros);
  });

  test('is exact, rounded up, and grows with length and bit rate', () => {
    const tenths = fc.integer({ min: 150, max: 2399 });
    const kbps = fc.integer({ min: 64, max: 319 });
    fc.assert(
      fc.property(tenths, kbps, (lengthTenths, quality) => {
        const exact = (BigInt(lengthTenths) * BigInt(quality) * 8n + 9n) / 10n;
        const durationSeconds = lengthTenths / 10;
        const outputFormat = 'opus';
        expect(BigInt(price({ durationSeconds, quality, outputFormat }))).toBe(
          exact > 50_000n ? exact : 50_000n,
        );
        expect(price({ durationSeconds, quality, outputFormat })).toBeLessThanOrEqual(
          price({ durationSeconds, quality: quality + 1, outputFormat }),
        );
      }),
    );
  });
});
