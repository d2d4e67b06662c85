import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { issuePaths, refused, resolved, runnerParamsOf } from './task-fixture.ts';

const name = 'image.generate';
const prompt = 'cinematic fox astronaut';

test('a prompt alone makes a square WebP of a megapixel', () => {
  const { effectiveInput, inputAdjustments } = resolved(name, { prompt }, { drawnSeed: 99 });
  expect(effectiveInput).toEqual({
    ...{ prompt, width: 1024, height: 1024, outputFormat: 'webp', highDetail: false },
    ...{ numInferenceSteps: 50, referenceImages: [], seed: 99 },
  });
  expect(inputAdjustments).toEqual([]);
});

test('a given seed is kept', () => {
  expect(resolved(name, { prompt, seed: 0 }).effectiveInput['seed']).toBe(0);
  expect(resolved(name, { prompt, seed: 2 ** 32 - 1 }).effectiveInput['seed']).toBe(2 ** 32 - 1);
});

test('the runner gets paths in place of files, in order', () => {
  const referenceImages = [
    'https://cdn.example.com/a.webp',
    { dataBase64: 'AAAA', mimeType: 'image/png' },
    'data:image/png;base64,AAAA',
  ];
  const job = resolved(name, { prompt, referenceImages, seed: 1, highDetail: true });
  expect(runnerParamsOf(name, job)).toEqual({
    ...{ prompt, width: 1024, height: 1024, outputFormat: 'webp', highDetail: true, seed: 1 },
    numInferenceSteps: 75,
    referenceImagePaths: ['/in/reference-1.webp', '/in/reference-2.webp', '/in/reference-3.webp'],
  });
});

describe('refused', () => {
  test.each([
    ['no prompt', {}, ['/input/prompt']],
    ['a blank prompt', { prompt: ' \n ' }, ['/input/prompt']],
    ['a prompt of 4,001 characters', { prompt: 'x'.repeat(4001) }, ['/input/prompt']],
    ['width alone', { prompt, width: 64 }, ['/input/height']],
    ['height alone', { prompt, height: 64 }, ['/input/width']],
    ['a size off the grid', { prompt, width: 1000, height: 1024 }, ['/input/width']],
    ['sides out of bounds', { prompt, width: 32, height: 4128 }, ['/input/width', '/input/height']],
    ['more than 4 MP', { prompt, width: 2080, height: 2048 }, ['/input/height']],
    ['an unknown format', { prompt, outputFormat: 'gif' }, ['/input/outputFormat']],
    ['a number as text', { prompt, width: '1024', height: 1024 }, ['/input/width']],
    ['a seed of 2^32', { prompt, seed: 2 ** 32 }, ['/input/seed']],
    ['a fractional seed', { prompt, seed: 1.5 }, ['/input/seed']],
    [
      'nine references',
      { prompt, referenceImages: Array(9).fill('https://a.example/b') },
      ['/input/referenceImages'],
    ],
    [
      'a data URI in the legacy alias',
      { prompt, referenceImageUrls: ['data:image/png;base64,AA'] },
      ['/input/referenceImageUrls/0'],
    ],
    ['a file URL', { prompt, referenceImages: ['file:///etc/passwd'] }, ['/input/referenceImages/0']],
    ['a URL that is none', { prompt, referenceImages: ['https://'] }, ['/input/referenceImages/0']],
    ['a data URI of text', { prompt, referenceImages: ['data:text/html,x'] }, ['/input/referenceImages/0']],
    [
      'an inline file of sound',
      { prompt, referenceImages: [{ dataBase64: 'AA', mimeType: 'audio/ogg' }] },
      ['/input/referenceImages/0/mimeType'],
    ],
    [
      'an inline file without type',
      { prompt, referenceImages: [{ dataBase64: 'AA' }] },
      ['/input/referenceImages/0/mimeType'],
    ],
    ['null', null, ['/input']],
    ['a list', [], ['/input']],
  ])('%s', (_, input, paths) => {
    expect(issuePaths(name, input)).toEqual(paths);
  });

  test('every issue at once', () => {
    const input = { promt: 'x', width: 1000, seed: -1, outputFormat: 'gif', referenceImages: [5] };
    expect(issuePaths(name, input).toSorted()).toEqual(
      ['height', 'outputFormat', 'prompt', 'promt', 'referenceImages/0', 'seed', 'width'].map(
        (field) => `/input/${field}`,
      ),
    );
  });

  test('an unknown field, with the name that was meant', () => {
    const [issue] = refused(name, { prompt, highDetails: true });
    expect(issue).toEqual({
      path: '/input/highDetails',
      message: 'is not known; did you mean `highDetail`?',
      allowed: ['highDetail'],
    });
  });

  test('two names of one thing, unless they agree', () => {
    const [a, b] = [['https://cdn.example.com/a'], ['https://cdn.example.com/b']];
    expect(issuePaths(name, { prompt, referenceImages: a, referenceImageUrls: b })).toEqual([
      '/input/referenceImageUrls',
    ]);
    expect(
      resolved(name, { prompt, referenceImages: a, referenceImageUrls: a }).effectiveInput['referenceImages'],
    ).toHaveLength(1);
  });
});

describe('price', () => {
  const price = (input: object) => resolved(name, { prompt, ...input }).price;

  test.each([
    [{ width: 1024, height: 1024 }, 20_972],
    [{ width: 1536, height: 1024 }, 31_458],
    [{ width: 64, height: 64 }, 10_000],
    [{ width: 64, height: 64, highDetail: true }, 15_000],
    [{ width: 2048, height: 2048, highDetail: true }, 125_830],
  ])('%p costs %p micro-dollars', (input, amountMicros) => {
    expect(price(input).amountMicros).toBe(amountMicros);
  });

  test('says its sums', () => {
    expect(price({ width: 64, height: 64, highDetail: true }).basis).toEqual([
      '0.0041 MP × $0.02 = $0.000082',
      'at least $0.01',
      '× 150 % for highDetail',
    ]);
  });

  test('is exact, rounded up, and grows with the size', () => {
    const side = fc.integer({ min: 2, max: 64 }).map((steps) => steps * 32);
    fc.assert(
      fc.property(side, side, fc.boolean(), (width, height, highDetail) => {
        const { amountMicros } = price({ width, height, highDetail });
        const area = BigInt(width * height) * 20_000n;
        const base = area > 10_000n * 1_000_000n ? area : 10_000n * 1_000_000n;
        const [factor, divisor] = highDetail ? [3n, 2_000_000n] : [1n, 1_000_000n];
        expect(BigInt(amountMicros)).toBe((base * factor + divisor - 1n) / divisor);
        if (width > 64)
          expect(amountMicros).toBeGreaterThanOrEqual(
            price({ width: width - 32, height, highDetail }).amountMicros,
          );
      }),
      { numRuns: 50 },
    );
  });
});
