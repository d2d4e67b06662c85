import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { draftComment, type ImageFormat } from '../../media/formats.ts';
import type { ImageEditParams } from '../../tasks/image-edit.ts';
import type { ImageGenerateParams } from '../../tasks/image-generate.ts';
import { EngineRunError, runEngine } from '../../testing/run-engine.ts';

const program = 'src/embedded/draft-image/main.ts';
const defaults: ImageGenerateParams = {
  prompt: 'boat on a lake at sunset',
  width: 256,
  height: 192,
  seed: 7,
  numInferenceSteps: 8,
  highDetail: false,
  outputFormat: 'png',
  referenceImagePaths: [],
};

async function generate(params: Partial<ImageGenerateParams> = {}) {
  return finished(await runEngine({ program, task: 'image.generate', params: { ...defaults, ...params } }));
}

async function edit(params: Partial<ImageEditParams> & { sourceImagePath: string }) {
  return finished(await runEngine({ program, task: 'image.edit', params: { ...defaults, ...params } }));
}

async function finished(run: Awaited<ReturnType<typeof runEngine>>) {
  const filename = run.result.outputs[0]?.filename ?? '';
  return { ...run, bytes: await readFile(join(run.outputFolder, filename)) };
}

/** The picture's 8-bit sRGB parts without alpha. */
async function partsOf(image: Uint8Array | string): Promise<Uint8Array> {
  return sharp(image).removeAlpha().toColourspace('srgb').raw().toBuffer();
}

async function meanDifference(first: Uint8Array, second: Uint8Array): Promise<number> {
  const [a, b] = await Promise.all([partsOf(first), partsOf(second)]);
  expect(a.length).toBe(b.length);
  return a.reduce((sum, part, at) => sum + Math.abs(part - (b[at] ?? 0)), 0) / a.length;
}

/** Mean distance of a pixel's parts from its own grey, 0..255: how colourful a picture is. */
async function colorfulness(image: Uint8Array | string): Promise<number> {
  const parts = await partsOf(image);
  let sum = 0;
  for (let at = 0; at < parts.length; at += 3) {
    const pixel = parts.subarray(at, at + 3);
    sum += Math.max(...pixel) - Math.min(...pixel);
  }
  return sum / (parts.length / 3);
}

/** Pearson correlation of the pictures' outlines: where, not how strongly, lightness changes. */
async function outlineCorrelation(first: Uint8Array | string, second: Uint8Array | string): Promise<number> {
  const [a, b] = await Promise.all([outlines(first), outlines(second)]);
  const meanA = a.reduce((sum, value) => sum + value, 0) / a.length;
  const meanB = b.reduce((sum, value) => sum + value, 0) / b.length;
  let [both, squaresA, squaresB] = [0, 0, 0];
  a.forEach((value, at) => {
    const [da, db] = [value - meanA, (b[at] ?? 0) - meanB];
    both += da * db;
    squaresA += da * da;
    squaresB += db * db;
  });
  return both / Math.sqrt(squaresA * squaresB);
}

async function outlines(image: Uint8Array | string): Promise<number[]> {
  const { data, info } = await sharp(image)
    .removeAlpha()
    .greyscale()
    .blur(2)
    .raw()
    .toBuffer({ resolveWithObject: true });
  const stride = info.width * info.channels;
  const edges: number[] = [];
  for (let y = 4; y < info.height - 4; y++) {
    for (let x = 4; x < info.width - 4; x++) {
      const at = y * stride + x * info.channels;
      const horizontal = (data[at + info.channels] ?? 0) - (data[at - info.channels] ?? 0);
      const vertical = (data[at + stride] ?? 0) - (data[at - stride] ?? 0);
      edges.push(Math.sqrt(Math.hypot(horizontal, vertical)));
    }
  }
  return edges;
}

let folder = '';
let source = '';
let reference = '';
let unrelated = new Uint8Array();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kt-draft-image-'));
  source = join(folder, 'source.png');
  reference = join(folder, 'reference.png');
  await writeFile(
    source,
    (await generate({ prompt: 'red lighthouse by the sea at sunset', width: 320, height: 256 })).bytes,
  );
  unrelated = (await generate({ prompt: 'forest in the fog', width: 320, height: 256 })).bytes;
  const green = `<svg xmlns="http://www.w3.org/2000/svg" width="80" height="60"><rect width="80" height="60" fill="#0c5a2e"/><circle cx="20" cy="20" r="18" fill="#9be36a"/></svg>`;
  await sharp(Buffer.from(green)).png().toFile(reference);
});

afterAll(() => rm(folder, { recursive: true }));

describe('image.generate', () => {
  const sizes: { format: ImageFormat; width: number; height: number; decoded: string }[] = [
    { format: 'webp', width: 64, height: 96, decoded: 'webp' },
    { format: 'png', width: 320, height: 64, decoded: 'png' },
    { format: 'jpg', width: 96, height: 512, decoded: 'jpeg' },
  ];
  test.each(sizes)('writes $format of exactly the size asked for, labelled as a draft', async (wanted) => {
    const { result, bytes } = await generate({
      outputFormat: wanted.format,
      width: wanted.width,
      height: wanted.height,
    });
    const metadata = await sharp(bytes).metadata();
    expect(metadata).toMatchObject({ format: wanted.decoded, width: wanted.width, height: wanted.height });
    expect(metadata.exif?.toString('latin1')).toContain(draftComment);
    expect(result.outputs).toEqual([
      {
        filename: `image.${wanted.format}`,
        mimeType: `image/${wanted.decoded}`,
        width: wanted.width,
        height: wanted.height,
      },
    ]);
  });

  test('enlarges the largest size without leaving blocks or bands', async () => {
    const { bytes } = await generate({ width: 2048, height: 1952, prompt: 'clear sky over the sea at dusk' });
    const { data, info } = await sharp(bytes).greyscale().raw().toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width: 2048, height: 1952 });
    // Along a line of sky, blocks or bands would be runs of one value.
    const row = data.subarray(info.width * info.channels * 200, info.width * info.channels * 201);
    let longest = 0;
    let run = 0;
    for (let x = 1; x < info.width; x++) {
      run = row[x * info.channels] === row[(x - 1) * info.channels] ? run + 1 : 0;
      longest = Math.max(longest, run);
    }
    expect(longest).toBeLessThan(12);
  });

  test('makes the same bytes for the same seed and another picture for another seed or prompt', async () => {
    const [first, again, otherSeed, otherPrompt, finer] = [
      await generate(),
      await generate(),
      await generate({ seed: 8 }),
      await generate({ prompt: 'neon city at night' }),
      await generate({ highDetail: true }),
    ];
    expect(again.bytes.equals(first.bytes)).toBe(true);
    expect(await meanDifference(first.bytes, otherSeed.bytes)).toBeGreaterThan(5);
    expect(await meanDifference(first.bytes, otherPrompt.bytes)).toBeGreaterThan(20);
    expect(await meanDifference(first.bytes, finer.bytes)).toBeGreaterThan(0.5);
  });

  test('says which scene it chose and reports rising progress', async () => {
    const { result, progress } = await generate({ prompt: 'cinematic fox astronaut' });
    expect(result.metadata).toMatchObject({
      draft: true,
      scene: { setting: 'space', portrait: 'fox', outfit: 'astronaut' },
      looks: ['dramatic'],
    });
    const fractions = progress.map(({ fraction }) => fraction);
    expect(fractions.length).toBeGreaterThan(4);
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
  });

  test('takes on the colours of a reference', async () => {
    const [plain, guided] = [await generate(), await generate({ referenceImagePaths: [reference] })];
    expect(await meanDifference(plain.bytes, guided.bytes)).toBeGreaterThan(15);
    const { channels } = await sharp(guided.bytes).stats();
    const [red = 0, green = 0, blue = 0] = channels.map(({ mean }) => mean);
    expect(green).toBeGreaterThan(Math.max(red, blue) + 10);
  });
});

describe('image.edit', () => {
  test('noir takes the colour away and keeps the composition', async () => {
    const { bytes, result } = await edit({
      sourceImagePath: source,
      prompt: 'turn this scene into a dramatic noir poster',
      width: 320,
      height: 256,
    });
    expect(result.metadata).toMatchObject({ draft: true, looks: ['noir', 'dramatic'] });
    expect(await colorfulness(bytes)).toBeLessThan((await colorfulness(source)) / 4);
    expect(await outlineCorrelation(source, bytes)).toBeGreaterThan(0.6);
  });

  test.each(['watercolor', 'oil painting', 'comic', 'neon', 'winter snow', 'make it blue', 'xyzzy'])(
    'an edit to "%s" is plain to see over the same composition',
    async (prompt) => {
      const { bytes } = await edit({ sourceImagePath: source, prompt, width: 320, height: 256 });
      expect(await meanDifference(bytes, await readFile(source))).toBeGreaterThan(7);
      const kept = await outlineCorrelation(source, bytes);
      expect(kept).toBeGreaterThan(0.45);
      expect(kept).toBeGreaterThan((await outlineCorrelation(source, unrelated)) + 0.2);
    },
  );

  test('gives the source the palette of a reference', async () => {
    const { bytes } = await edit({
      sourceImagePath: source,
      prompt: 'sharper',
      referenceImagePaths: [reference],
    });
    const { channels } = await sharp(bytes).stats();
    const [red = 0, green = 0, blue = 0] = channels.map(({ mean }) => mean);
    expect(green).toBeGreaterThan(Math.max(red, blue) + 10);
  });

  test('honours EXIF orientation and scales to exactly the size asked for', async () => {
    const turned = join(folder, 'turned.jpg');
    const halves = `<svg xmlns="http://www.w3.org/2000/svg" width="200" height="100"><rect width="100" height="100" fill="#fff"/></svg>`;
    await sharp(Buffer.from(halves)).flatten().withMetadata({ orientation: 6 }).jpeg().toFile(turned);
    const { bytes } = await edit({ sourceImagePath: turned, prompt: 'sharper', width: 96, height: 160 });
    const { data, info } = await sharp(bytes).greyscale().raw().toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width: 96, height: 160 });
    const at = (x: number, y: number) => data[(y * info.width + x) * info.channels] ?? 0;
    // Orientation 6 turns the picture by a quarter: the white left half becomes the top.
    expect(at(48, 20)).toBeGreaterThan(200);
    expect(at(48, 140)).toBeLessThan(60);
  });

  test('keeps alpha in webp and png and lays a jpg on white', async () => {
    const cutOut = join(folder, 'cut-out.png');
    const disc = `<svg xmlns="http://www.w3.org/2000/svg" width="128" height="128"><circle cx="64" cy="64" r="40" fill="#20406a"/></svg>`;
    await sharp(Buffer.from(disc)).png().toFile(cutOut);
    const params = { sourceImagePath: cutOut, prompt: 'sepia', width: 128, height: 128 };
    for (const outputFormat of ['webp', 'png'] as const) {
      const { data } = await sharp((await edit({ ...params, outputFormat })).bytes)
        .raw()
        .toBuffer({ resolveWithObject: true });
      expect([data[3], data[(64 * 128 + 64) * 4 + 3]]).toEqual([0, 255]);
    }
    const flat = await partsOf((await edit({ ...params, outputFormat: 'jpg' })).bytes);
    expect(Math.min(...flat.subarray(0, 3))).toBeGreaterThan(250);
  });
});

describe('failures', () => {
  async function failureOf(run: Promise<unknown>): Promise<string | undefined> {
    const error: unknown = await run.then(
      () => null,
      (cause: unknown) => cause,
    );
    expect(error).toBeInstanceOf(EngineRunError);
    return error instanceof EngineRunError ? error.kind : undefined;
  }

  test('a source or reference that is no image is invalid input', async () => {
    const noImage = join(folder, 'note.png');
    await writeFile(noImage, 'not an image');
    expect(await failureOf(edit({ sourceImagePath: noImage }))).toBe('invalid_input');
    expect(await failureOf(edit({ sourceImagePath: join(folder, 'missing.png') }))).toBe('invalid_input');
    expect(await failureOf(generate({ referenceImagePaths: [reference, noImage] }))).toBe('invalid_input');
  });

  test('a truncated source is invalid input', async () => {
    const damaged = join(folder, 'damaged.png');
    const whole = await readFile(source);
    await writeFile(damaged, whole.subarray(0, whole.length / 2));
    expect(await failureOf(edit({ sourceImagePath: damaged }))).toBe('invalid_input');
  });

  test('a canceled job ends as canceled', async () => {
    const run = runEngine({ program, task: 'image.generate', params: defaults, cancel: true });
    expect(await failureOf(run)).toBe('canceled');
  });
});
