import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { issuePaths, refused, resolved, type MediaFacts, runnerParamsOf } from './task-fixture.ts';

const name = 'video.generate';
const prompt = 'slow cinematic push-in with floating particles';
const image = 'https://cdn.example.com/input/a.webp';
const image2 = 'https://cdn.example.com/input/b.webp';
const audio = 'https://cdn.example.com/input/a.opus';

function video(input: object = {}, facts: Record<string, MediaFacts> = {}) {
  return resolved(name, { prompt, ...input }, { facts });
}

test('a prompt alone makes five seconds of 16:9 text-to-video', () => {
  const job = video();
  expect(job.effectiveInput).toEqual({
    ...{
      prompt,
      aspectRatio: '16:9',
      width: 1280,
      height: 704,
      sampledFps: 30,
      interpolationFps: 60,
      seed: 7,
    },
    ...{ durationFrames: 153, durationSeconds: 5.1, outputFps: 60, outputFrames: 305 },
    ...{ extremeQuality: false, numInferenceSteps: 30 },
    ...{ startFrameImage: null, overlapFrameImages: [], finalFrameImage: null, referenceAudio: null },
  });
  expect(job.inputAdjustments.map(({ field, from, to }) => [field, from, to])).toEqual([
    ['durationSeconds', null, 5.1],
  ]);
  expect(job.inputAdjustments[0]?.reason).toStartWith('by default 5 s');
});

describe('canvas', () => {
  test.each([
    ['16:9', 1280, 704],
    ['9:16', 704, 1280],
    ['1:1', 960, 960],
    ['4:3', 1120, 832],
    ['3:4', 832, 1120],
  ])('%s is %p x %p', (aspectRatio, width, height) => {
    expect(video({ aspectRatio }).effectiveInput).toMatchObject({ aspectRatio, width, height });
  });

  test('a size decides in place of the aspect ratio, and says so', () => {
    const job = video({ width: 1920, height: 1088, aspectRatio: '1:1', durationFrames: 9 });
    expect(job.effectiveInput).toMatchObject({ aspectRatio: null, width: 1920, height: 1088 });
    expect(job.inputAdjustments).toMatchObject([{ field: 'aspectRatio', from: '1:1', to: null }]);
  });
});

describe('length', () => {
  test.each([
    [6, 30, 177],
    [1, 12, 9],
    [20, 30, 601],
    [10, 60, 601],
    [5, 25, 129],
    [2.5, 24, 57],
  ])('%p s at %p fps are %p frames', (durationSeconds, sampledFps, durationFrames) => {
    expect(video({ durationSeconds, sampledFps }).effectiveInput['durationFrames']).toBe(durationFrames);
  });

  test('a duration becomes the nearest 8n + 1 frames, reported where it changes', () => {
    const fps = fc.integer({ min: 12, max: 60 });
    const seconds = fc.double({ min: 1, max: 20, noNaN: true });
    fc.assert(
      fc.property(fps, seconds, (sampledFps, durationSeconds) => {
        fc.pre(durationSeconds * sampledFps < 605);
        const { effectiveInput, inputAdjustments } = video({
          durationSeconds,
          sampledFps,
          interpolationFps: 0,
        });
        const frames = Number(effectiveInput['durationFrames']);
        expect(frames % 8).toBe(1);
        expect(Math.abs(frames - durationSeconds * sampledFps)).toBeLessThanOrEqual(4 + 1e-9);
        const isChanged = effectiveInput['durationSeconds'] !== durationSeconds;
        expect(inputAdjustments.some(({ field }) => field === 'durationSeconds')).toBe(isChanged);
      }),
    );
  });

  test('a frame count is taken as it is', () => {
    const job = video({ durationFrames: 257, sampledFps: 25, interpolationFps: 0 });
    expect(job.effectiveInput).toMatchObject({ durationFrames: 257, outputFrames: 257, outputFps: 25 });
    expect(job.inputAdjustments).toEqual([]);
  });

  test('a frame count off the rule is refused with the nearest two that keep it', () => {
    const [issue] = refused(name, { prompt, durationFrames: 250 });
    expect(issue).toMatchObject({ path: '/input/durationFrames', allowed: [249, 257] });
    expect(refused(name, { prompt, durationFrames: 600 })[0]?.allowed).toEqual([593, 601]);
    expect(refused(name, { prompt, durationFrames: 10 })[0]?.allowed).toEqual([9, 17]);
  });

  test('interpolation keeps first and last frame', () => {
    expect(video({ durationFrames: 9, sampledFps: 12, interpolationFps: 60 }).effectiveInput).toMatchObject({
      outputFps: 60,
      outputFrames: 41,
    });
  });
});

describe('sources', () => {
  const canvas = { width: 1280, height: 704, durationFrames: 9 };

  test('a start frame has four names', () => {
    for (const field of ['startFrameImage', 'startFrameImageUrl', 'sourceImage', 'sourceImageUrl']) {
      const job = video({ ...canvas, [field]: image });
      expect(runnerParamsOf(name, job)['startFrameImagePath']).toBe('/in/start-frame.webp');
    }
  });

  test('the first overlap frame is frame zero where no start frame is given, and that is reported', () => {
    const job = video({ ...canvas, overlapFrameImageUrls: [image, image2] });
    expect(job.effectiveInput['startFrameImage']).toMatchObject({ name: 'overlap-frame-1.webp' });
    expect(job.inputAdjustments).toMatchObject([{ field: 'startFrameImage', from: null }]);
    expect(runnerParamsOf(name, job)).toMatchObject({
      startFrameImagePath: null,
      overlapFrameImagePaths: ['/in/overlap-frame-1.webp', '/in/overlap-frame-2.webp'],
    });
  });

  test('a start frame that is the first overlap frame is fine, another is refused', () => {
    const overlapFrameImages = [image, image2];
    expect(video({ ...canvas, startFrameImage: image, overlapFrameImages }).inputAdjustments).toEqual([]);
    expect(issuePaths(name, { prompt, sourceImageUrl: image2, overlapFrameImages })).toEqual([
      '/input/sourceImageUrl',
    ]);
  });

  test('a picture of another size is cover-cropped, and that is reported', () => {
    const facts = {
      '/input/startFrameImage': { width: 1000, height: 1000 },
      '/input/finalFrameImage': { width: 640, height: 352 },
    };
    const job = video({ ...canvas, startFrameImage: image, finalFrameImage: image2 }, facts);
    expect(job.inputAdjustments).toEqual([
      {
        field: 'startFrameImage',
        from: '1000x1000',
        to: '1280x704',
        reason: 'scaled to cover the canvas, the rest cropped evenly',
      },
      { field: 'finalFrameImage', from: '640x352', to: '1280x704', reason: 'scaled to the canvas' },
    ]);
  });

  test.each([
    [0.1, 'padded with silence to the end of the video'],
    [60, 'cut at the end of the video'],
  ])('reference audio of %p s is %s', (durationSeconds, reason) => {
    const facts = { '/input/referenceAudioUrl': { durationSeconds } };
    const input = { ...canvas, interpolationFps: 0, startFrameImage: image, referenceAudioUrl: audio };
    expect(video(input, facts).inputAdjustments).toEqual([
      { field: 'referenceAudioUrl', from: `${durationSeconds} s`, to: '0.3 s', reason },
    ]);
    expect(runnerParamsOf(name, video(input, facts))['referenceAudioPath']).toBe('/in/reference-audio.opus');
  });

  test('the runner gets every value and no other', () => {
    const input = {
      ...canvas,
      seed: 5,
      startFrameImage: image,
      finalFrameImage: image2,
      extremeQuality: true,
    };
    expect(runnerParamsOf(name, video(input))).toEqual({
      ...{
        prompt,
        width: 1280,
        height: 704,
        seed: 5,
        sampledFps: 30,
        durationFrames: 9,
        interpolationFps: 60,
      },
      ...{ outputFps: 60, outputFrames: 17, numInferenceSteps: 50, extremeQuality: true },
      ...{ startFrameImagePath: '/in/start-frame.webp', overlapFrameImagePaths: [] },
      ...{ finalFrameImagePath: '/in/final-frame.webp', referenceAudioPath: null },
    });
  });
});

describe('refused', () => {
  test.each([
    ['both durations', { durationSeconds: 5, durationFrames: 9 }, ['/input/durationFrames']],
    ['less than a second', { durationSeconds: 0.5 }, ['/input/durationSeconds']],
    ['more than 20 s', { durationSeconds: 20.1 }, ['/input/durationSeconds']],
    ['more frames than are made', { durationSeconds: 20, sampledFps: 60 }, ['/input/durationSeconds']],
    ['609 frames', { durationFrames: 609 }, ['/input/durationFrames']],
    ['one frame', { durationFrames: 1 }, ['/input/durationFrames']],
    ['11 fps', { sampledFps: 11 }, ['/input/sampledFps']],
    ['interpolation to 24 fps', { interpolationFps: 24 }, ['/input/interpolationFps']],
    ['interpolation to 61 fps', { interpolationFps: 61 }, ['/input/interpolationFps']],
    [
      'interpolation below the sampled rate',
      { sampledFps: 50, interpolationFps: 30 },
      ['/input/interpolationFps'],
    ],
    ['an unknown aspect ratio', { aspectRatio: '21:9' }, ['/input/aspectRatio']],
    ['height alone', { height: 704 }, ['/input/width']],
    ['beyond 4 MP', { width: 4096, height: 2048 }, ['/input/height']],
    ['reference audio without a frame', { referenceAudioUrl: audio }, ['/input/referenceAudioUrl']],
    [
      'reference audio with a final frame alone',
      { referenceAudio: audio, finalFrameImage: image },
      ['/input/referenceAudio'],
    ],
    ['an empty list of overlap frames', { overlapFrameImages: [] }, ['/input/overlapFrameImages']],
    ['18 overlap frames', { overlapFrameImages: Array(18).fill(image) }, ['/input/overlapFrameImages']],
    [
      'more overlap frames than frames',
      { durationFrames: 9, overlapFrameImages: Array(10).fill(image) },
      ['/input/overlapFrameImages'],
    ],
    [
      'three names with two images',
      { startFrameImage: image, sourceImage: image, sourceImageUrl: image2 },
      ['/input/sourceImageUrl'],
    ],
    [
      'sound as an image',
      { startFrameImage: { dataBase64: 'AA', mimeType: 'audio/ogg' } },
      ['/input/startFrameImage/mimeType'],
    ],
  ])('%s', (_, input, paths) => {
    expect(issuePaths(name, { prompt, ...input })).toEqual(paths);
  });

  test.each(['ogg', 'opus', 'wav', 'x-wav', 'wave', 'mpeg', 'mp3', 'flac', 'x-flac', 'aac', 'mp4', 'webm'])(
    'but inline audio/%s is accepted',
    (type) => {
      const referenceAudio = { dataBase64: 'AAAA', mimeType: `audio/${type}` };
      expect(
        video({ startFrameImage: image, referenceAudio }).effectiveInput['referenceAudio'],
      ).toMatchObject({ source: 'inline' });
    },
  );
});

describe('price', () => {
  const price = (input: object) => video(input).price.amountMicros;

  test.each([
    [{ durationSeconds: 6, width: 1920, height: 1088 }, Math.ceil(177 * 1920 * 1088 * 0.0012)],
    [{ durationFrames: 9, width: 64, height: 64 }, 50_000],
    [{ durationFrames: 9, width: 64, height: 64, extremeQuality: true }, 75_000],
    [{ durationFrames: 9, width: 64, height: 64, startFrameImage: image, referenceAudio: audio }, 62_500],
    [
      {
        durationFrames: 9,
        width: 64,
        height: 64,
        startFrameImage: image,
        referenceAudio: audio,
        extremeQuality: true,
      },
      93_750,
    ],
  ])('%p costs %p micro-dollars', (input, amountMicros) => {
    expect(price(input)).toBe(amountMicros);
  });

  test('is the same from text and from an image', () => {
    expect(price({ startFrameImage: image })).toBe(price({}));
  });

  test('does not go by interpolation', () => {
    expect(price({ interpolationFps: 0 })).toBe(price({ interpolationFps: 60 }));
  });

  test('is exact, rounded up, and grows with the frames', () => {
    const side = fc.integer({ min: 2, max: 64 }).map((steps) => steps * 32);
    const count = fc.integer({ min: 2, max: 75 }).map((eights) => eights * 8 + 1);
    fc.assert(
      fc.property(
        side,
        side,
        count,
        fc.boolean(),
        fc.boolean(),
        (width, height, durationFrames, hasAudio, extremeQuality) => {
          const sound = hasAudio ? { startFrameImage: image, referenceAudio: audio } : {};
          const input = { width, height, durationFrames, extremeQuality, ...sound };
          const scaled = BigInt(width * height) * BigInt(durationFrames) * 1200n;
          const base = scaled > 50_000n * 1_000_000n ? scaled : 50_000n * 1_000_000n;
          const numerator = base * (hasAudio ? 5n : 4n) * (extremeQuality ? 3n : 2n);
          const divisor = 8n * 1_000_000n;
          expect(BigInt(price(input))).toBe((numerator + divisor - 1n) / divisor);
          expect(price(input)).toBeGreaterThanOrEqual(
            price({ ...input, durationFrames: durationFrames - 8 }),
          );
        },
      ),
      { numRuns: 50 },
    );
  });
});
