import { describe, expect, test } from 'bun:test';
import { issuePaths, type MediaFacts, refused, resolved, runnerParamsOf } from './task-fixture.ts';

const name = 'video.combine';
const [a, b] = ['https://cdn.example.com/output/clip-a.mp4', 'https://cdn.example.com/output/clip-b.mp4'];

function combine(input: object = {}, facts: Record<string, MediaFacts> = {}) {
  return resolved(name, { videoUrls: [a, b], ...input }, { facts });
}

test("the first clip's size and exact frame rate are the output's", () => {
  const ntsc = { frameRate: { numerator: 60_000, denominator: 2002 } };
  const job = combine({}, { '/input/videoUrls/0': ntsc, '/input/videoUrls/1': ntsc });
  expect(job.effectiveInput).toMatchObject({ overlapFrames: 0, frameRate: 29.97, width: 1280, height: 704 });
  expect(job.inputAdjustments).toEqual([]);
  expect(runnerParamsOf(name, job)).toEqual({
    clipPaths: ['/in/clip-1.mp4', '/in/clip-2.mp4'],
    ...{ overlapFrames: 0, frameRate: { numerator: 30_000, denominator: 1001 }, width: 1280, height: 704 },
  });
});

test.each([
  [29.97, { numerator: 30_000, denominator: 1001 }],
  [60, { numerator: 60, denominator: 1 }],
  [12.5, { numerator: 25, denominator: 2 }],
])('a frame rate of %p is exactly %p', (frameRate, exact) => {
  expect(runnerParamsOf(name, combine({ frameRate }))['frameRate']).toEqual(exact);
});

test('clips unlike the output are changed, and each change is reported', () => {
  const first = { width: 641, height: 361 };
  const second = { hasAudio: false, frameRate: { numerator: 25, denominator: 1 } };
  const job = combine({}, { '/input/videoUrls/0': first, '/input/videoUrls/1': second });
  expect(job.effectiveInput).toMatchObject({ width: 640, height: 360 });
  expect(job.inputAdjustments.map(({ field, from, to }) => [field, from, to])).toEqual([
    ['videoUrls/0', '641x361', '640x360'],
    ['videoUrls/1', '1280x704', '640x360'],
    ['videoUrls/1', '25 fps', '30 fps'],
    ['videoUrls/1', 'no sound', 'silence'],
  ]);
});

test('a first clip of an odd frame rate is brought within bounds', () => {
  const job = combine({}, { '/input/videoUrls/0': { frameRate: { numerator: 240, denominator: 1 } } });
  expect(job.effectiveInput['frameRate']).toBe(120);
  expect(job.inputAdjustments[0]).toMatchObject({ field: 'frameRate', from: 240, to: 120 });
});

test('an overlap that would swallow a clip is refused, and says what would do', () => {
  const facts = { '/input/videoUrls/1': { durationSeconds: 0.1, frames: 3 } };
  const input = { videoUrls: [a, b], overlapFrames: 3 };
  expect(refused(name, input, { facts })).toMatchObject([
    { path: '/input/overlapFrames', allowed: ['0..2'] },
  ]);
  expect(combine({ overlapFrames: 2 }, facts).effectiveInput['overlapFrames']).toBe(2);
});

test('the first clip may be shorter than the overlap: it loses nothing', () => {
  const facts = { '/input/videoUrls/0': { durationSeconds: 0.1, frames: 3 } };
  expect(combine({ overlapFrames: 17 }, facts).effectiveInput['overlapFrames']).toBe(17);
});

test.each([
  [2, 10_000],
  [3, 15_000],
  [50, 250_000],
])('%p clips cost %p micro-dollars', (clips, amountMicros) => {
  expect(combine({ videoUrls: Array(clips).fill(a) }).price.amountMicros).toBe(amountMicros);
});

describe('refused', () => {
  test.each([
    ['no clips', {}, ['/input/videos']],
    ['one clip', { videoUrls: [a] }, ['/input/videoUrls']],
    ['51 clips', { videoUrls: Array(51).fill(a) }, ['/input/videoUrls']],
    ['a negative overlap', { videos: [a, b], overlapFrames: -1 }, ['/input/overlapFrames']],
    ['a frame rate of 0', { videos: [a, b], frameRate: 0 }, ['/input/frameRate']],
    ['a frame rate of 121', { videos: [a, b], frameRate: 121 }, ['/input/frameRate']],
    ['an image', { videos: [a, 'data:image/png;base64,AA'] }, ['/input/videos/1']],
  ])('%s', (_, input, paths) => {
    expect(issuePaths(name, input)).toEqual(paths);
  });
});
