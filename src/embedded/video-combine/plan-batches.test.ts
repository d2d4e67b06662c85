import { expect, test } from 'bun:test';
import fc from 'fast-check';
import type { Clip } from './inspect-clip.ts';
import type { Segment } from './plan.ts';
import { framesOf, planBatches } from './plan-batches.ts';

/** Segments of the lengths that are given, of clips of one size. */
function segmentsOf(lengths: readonly number[], width = 1280, height = 720): Segment[] {
  const clip: Clip = {
    path: 'clip.mp4',
    formatName: 'mov,mp4',
    video: { index: 0, time_base: '1/30', width, height },
    timeBase: { numerator: 1, denominator: 30 },
    packets: [],
    hidesPackets: false,
    videoStartSeconds: 0,
    durationSeconds: 1,
    hasAudio: false,
  };
  return lengths.map((frames, index) => ({ clip, index, headFrames: 0, frames, headSamples: 0, samples: 0 }));
}

const lengthsOf = (segments: readonly Segment[]) =>
  planBatches(segments, 2).map((batch) => batch.map(({ frames }) => frames));

test('like clips are shared out by halves', () => {
  expect(lengthsOf(segmentsOf(Array<number>(10).fill(150)))).toEqual([
    Array<number>(5).fill(150),
    Array<number>(5).fill(150),
  ]);
});

test('the two processes end together where one clip is longer than the others', () => {
  expect(lengthsOf(segmentsOf([100, 100, 100, 300]))).toEqual([[100, 100, 100], [300]]);
  expect(lengthsOf(segmentsOf([300, 100, 100, 100]))).toEqual([[300], [100, 100, 100]]);
});

test('what two processes may not hold open goes to later ones, so that both workers still end together', () => {
  const clipsOf = (count: number) =>
    lengthsOf(segmentsOf(Array<number>(count).fill(100))).map(({ length }) => length);
  expect(clipsOf(12)).toEqual([5, 1, 5, 1]);
  expect(clipsOf(16)).toEqual([5, 3, 5, 3]);
});

test('a large clip is encoded alone, however short', () => {
  expect(lengthsOf(segmentsOf(Array<number>(4).fill(10), 2560, 1600))).toEqual([[10], [10], [10], [10]]);
});

test('every segment is in one batch, in order, and no batch holds more pixels than one may', () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 50 });
  const sizes = fc.constantFrom(
    [64, 48] as const,
    [1280, 720] as const,
    [1920, 1080] as const,
    [3840, 2160] as const,
  );
  fc.assert(
    fc.property(lengths, sizes, (frames, [width, height]) => {
      const segments = segmentsOf(frames, width, height);
      const batches = planBatches(segments, 2);
      expect(batches.flat()).toEqual(segments);
      expect(framesOf(batches.flat())).toBe(framesOf(segments));
      for (const batch of batches) {
        expect(batch.length === 1 || batch.length * width * height <= 5 * 1280 * 720).toBe(true);
      }
    }),
  );
});
