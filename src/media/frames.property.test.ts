import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { isLtxFrameCount, nearestLtxFrameCount, outputFrameCount, sampledPosition } from './frames.ts';

const ltxFrames = fc.integer({ min: 1, max: 75 }).map((n) => 8 * n + 1);
const sampledFps = fc.integer({ min: 12, max: 60 });
const interpolationFps = fc.constantFrom(0, 30, 48, 50, 60);
const frameCounts = fc.record({
  sampled: fc.integer({ min: 2, max: 601 }),
  output: fc.integer({ min: 2, max: 3001 }),
});

describe('LTX frame counts', () => {
  test('are 9, 17, 25 … and nothing else', () => {
    fc.assert(
      fc.property(fc.integer({ min: -20, max: 700 }), (frames) => {
        expect(isLtxFrameCount(frames)).toBe(
          frames >= 9 && (frames - 1) / 8 === Math.floor((frames - 1) / 8),
        );
      }),
    );
    expect(isLtxFrameCount(9.5)).toBe(false);
  });

  test('the nearest to a duration is one, and no other is nearer', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 20, noNaN: true }), sampledFps, (durationSeconds, fps) => {
        const frames = nearestLtxFrameCount(durationSeconds, fps);
        const distance = Math.abs(frames - durationSeconds * fps);
        expect(isLtxFrameCount(frames)).toBe(true);
        expect(Math.abs(frames + 8 - durationSeconds * fps)).toBeGreaterThanOrEqual(distance - 1e-9);
        if (frames > 9)
          expect(Math.abs(frames - 8 - durationSeconds * fps)).toBeGreaterThanOrEqual(distance - 1e-9);
      }),
    );
  });

  test('180 wanted frames become 177, 250 become 249', () => {
    expect(nearestLtxFrameCount(6, 30)).toBe(177);
    expect(nearestLtxFrameCount(10, 25)).toBe(249);
  });
});

describe('output frames', () => {
  test('interpolation keeps the clip as long as it was, to half an output frame', () => {
    fc.assert(
      fc.property(ltxFrames, sampledFps, interpolationFps, (frames, fps, outputFps) => {
        const count = outputFrameCount(frames, fps, outputFps);
        if (outputFps === 0) expect(count).toBe(frames);
        else
          expect(Math.abs((count - 1) / outputFps - (frames - 1) / fps)).toBeLessThanOrEqual(
            0.5 / outputFps + 1e-9,
          );
      }),
    );
  });

  test('181 frames from 30 to 60 fps are 361, 257 from 25 to 60 are 615', () => {
    expect(outputFrameCount(181, 30, 60)).toBe(361);
    expect(outputFrameCount(257, 25, 60)).toBe(615);
  });

  test('begin on the first sampled frame, end on the last, and go forward in equal steps', () => {
    fc.assert(
      fc.property(frameCounts, ({ sampled, output }) => {
        expect(sampledPosition(0, output, sampled)).toBe(0);
        expect(sampledPosition(output - 1, output, sampled)).toBe(sampled - 1);
        const step = (sampled - 1) / (output - 1);
        for (let i = 1; i < output; i += 7) {
          const before = sampledPosition(i - 1, output, sampled);
          expect(sampledPosition(i, output, sampled) - before).toBeCloseTo(step, 9);
        }
      }),
    );
  });

  test('lie on whole sampled frames wherever the rates are multiples', () => {
    fc.assert(
      fc.property(ltxFrames, fc.constantFrom(1, 2, 3, 4, 5), (frames, times) => {
        const output = (frames - 1) * times + 1;
        for (let i = 0; i < frames; i++) expect(sampledPosition(i * times, output, frames)).toBe(i);
      }),
    );
  });
});
