import { describe, expect, test } from 'bun:test';
import { issuePaths, refused, resolved, runnerParamsOf } from './task-fixture.ts';

const name = 'image.edit';
const prompt = 'turn this scene into a dramatic noir poster';
const sourceImage = 'https://cdn.example.com/input/source.jpg';

function edit(width: number, height: number, input: object = {}) {
  return resolved(
    name,
    { prompt, sourceImage, ...input },
    { facts: { '/input/sourceImage': { width, height } } },
  );
}

test('the output has the size of the source', () => {
  const job = edit(1536, 1024);
  expect(job.effectiveInput).toMatchObject({
    width: 1536,
    height: 1024,
    numInferenceSteps: 40,
    outputFormat: 'webp',
  });
  expect(job.inputAdjustments).toEqual([]);
});

test('sides off the grid are rounded, and each is reported', () => {
  const job = edit(1000, 700);
  expect(job.effectiveInput).toMatchObject({ width: 992, height: 704 });
  expect(job.inputAdjustments).toEqual([
    { field: 'width', from: 1000, to: 992, reason: 'rounded to a multiple of 32 pixels' },
    { field: 'height', from: 700, to: 704, reason: 'rounded to a multiple of 32 pixels' },
  ]);
});

test('a source beyond 4 MP is scaled down, and that is reported', () => {
  const job = edit(6000, 4000);
  expect(job.effectiveInput).toMatchObject({ width: 2496, height: 1664 });
  expect(job.inputAdjustments.map(({ field, from, to }) => [field, from, to])).toEqual([
    ['sourceImage', '6000x4000', '2496x1664'],
    ['width', 6000, 2496],
    ['height', 4000, 1664],
  ]);
  expect(job.inputAdjustments[0]?.reason).toContain('4 MP');
});

test('a tiny source is scaled up to the shortest side there is', () => {
  expect(edit(40, 20).effectiveInput).toMatchObject({ width: 128, height: 64 });
});

test('a source of unknown size gives 1024x1024, and that is reported', () => {
  const job = edit(0, 0);
  expect(job.effectiveInput).toMatchObject({ width: 1024, height: 1024 });
  expect(job.inputAdjustments[0]).toMatchObject({ field: 'sourceImage', to: '1024x1024' });
});

test('the price goes by the size of the output', () => {
  expect(edit(1024, 1024).price.amountMicros).toBe(31_458);
  expect(edit(64, 64).price.amountMicros).toBe(15_000);
  expect(edit(64, 64, { highDetail: true }).price.amountMicros).toBe(22_500);
  expect(edit(6000, 4000).price.amountMicros).toBe(Math.ceil((2496 * 1664 * 30_000) / 1e6));
});

test('the runner gets source and references as paths', () => {
  const job = edit(64, 64, {
    seed: 3,
    outputFormat: 'jpg',
    highDetail: true,
    referenceImages: [sourceImage],
  });
  expect(runnerParamsOf(name, job)).toEqual({
    ...{
      prompt,
      width: 64,
      height: 64,
      seed: 3,
      outputFormat: 'jpg',
      highDetail: true,
      numInferenceSteps: 60,
    },
    sourceImagePath: '/in/source.webp',
    referenceImagePaths: ['/in/reference-1.webp'],
  });
});

test('the alias by which the source came is the name that adjustments use', () => {
  const facts = { '/input/sourceImageUrl': { width: 6000, height: 4000 } };
  const job = resolved(name, { prompt, sourceImageUrl: 'https://a.example/b.png' }, { facts });
  expect(job.inputAdjustments[0]?.field).toBe('sourceImageUrl');
});

test('a client that sends a size is told where it comes from', () => {
  const [issue] = refused(name, { prompt, sourceImage, width: 64 });
  expect(issue).toEqual({
    path: '/input/width',
    message: 'is not a field: the source decides the size of the output.',
  });
});

test('a data URI may be longer than a URL', () => {
  const uri = `data:image/png;base64,${'A'.repeat(8000)}`;
  expect(resolved(name, { prompt, sourceImage: uri }).effectiveInput['sourceImage']).toBeDefined();
});

describe('refused', () => {
  test.each([
    ['no source', { prompt }, ['/input/sourceImage']],
    ['a size', { prompt, sourceImage, width: 64, height: 64 }, ['/input/width', '/input/height']],
    [
      'two sources',
      { prompt, sourceImage, sourceImageUrl: 'https://a.example/b' },
      ['/input/sourceImageUrl'],
    ],
    [
      'a URL without end',
      { prompt, sourceImage: `${sourceImage}?${'x'.repeat(4096)}` },
      ['/input/sourceImage'],
    ],
    [
      'a URL of a list without end',
      { prompt, sourceImage, referenceImageUrls: [`${sourceImage}?${'x'.repeat(4096)}`] },
      ['/input/referenceImageUrls/0'],
    ],
    [
      'an inline object as URL',
      { prompt, sourceImageUrl: { dataBase64: 'AA', mimeType: 'image/png' } },
      ['/input/sourceImageUrl'],
    ],
    [
      'an inline data URI of sound',
      { prompt, sourceImage: { dataBase64: 'data:audio/ogg;base64,AA', mimeType: 'image/png' } },
      ['/input/sourceImage/dataBase64'],
    ],
  ])('%s', (_, input, paths) => {
    expect(issuePaths(name, input)).toEqual(paths);
  });
});
