import { Type } from '@sinclair/typebox';
import type { StagedMedia } from '../media/staged-media.ts';
import { Amount, usd } from './amount.ts';
import { megapixels, type Size, sizeOf, sizeWords } from './canvas.ts';
import { defineTask } from './define-task.ts';
import { exactFrameRate, type FrameRate, framesPerSecond, frameRateWords, reduced } from './frame-rate.ts';
import type { InputAdjustment } from './task.ts';

/**
 * What a runner of `video.combine` is sent. Clips in playback order; every clip after the first loses
 * `overlapFrames / frameRate` seconds of picture and sound at its head.
 */
export interface VideoCombineParams {
  clipPaths: string[];
  overlapFrames: number;
  frameRate: FrameRate;
  width: number;
  height: number;
}

const frameRateLimits = { min: 1, max: 120 };
/** Where the first clip doesn't say. */
const unknownFrameRate: FrameRate = { numerator: 30, denominator: 1 };
const unknownSize: Size = { width: 1280, height: 720 };

export const videoCombine = defineTask({
  name: 'video.combine',
  title: 'Combine video clips',
  summary: 'Joins clips in playback order with their own sound; may trim an overlap from each later clip.',
  engines: { ffmpeg: 'video-combine' },
  example: {
    videoUrls: ['https://cdn.example.com/output/clip-a.mp4', 'https://cdn.example.com/output/clip-b.mp4'],
    overlapFrames: 3,
    frameRate: 60,
  },
  fields: {
    overlapFrames: Type.Integer({
      minimum: 0,
      maximum: 600,
      default: 0,
      description:
        'Frames (at `frameRate`) to trim from the head of every clip after the first, with their sound.',
    }),
    frameRate: Type.Optional(
      Type.Number({
        minimum: frameRateLimits.min,
        maximum: frameRateLimits.max,
        description:
          "Frames per second of the output; the first clip's when left out. 29.97 means 30000/1001.",
      }),
    ),
  },
  media: {
    videos: {
      kind: 'video',
      aliases: ['videoUrls'],
      description: 'The clips in playback order, by URL or inline.',
      stem: 'clip',
      required: true,
      list: { countMin: 2, countMax: 50 },
    },
  },
  prices: {
    perClipMicros: Type.Integer({ minimum: 0 }),
    clipsMin: Type.Integer({ minimum: 0 }),
  },
  resolve({ overlapFrames, frameRate }, { media: { videos }, pointerOf, fieldOf, adjust, refuse }) {
    const slot = fieldOf('videos');
    const [first] = videos;
    const rate = frameRate === undefined ? firstFrameRate(first, adjust) : exactFrameRate(frameRate);
    const canvas = firstSize(first, { field: `${slot}/0`, adjust });
    for (const [index, clip] of videos.entries())
      clipAdjustments(clip, { field: `${slot}/${index}`, isFirst: index === 0, rate, canvas }).forEach(
        adjust,
      );
    const shortestFrames = Math.min(...videos.slice(1).map((clip) => clipFrames(clip, rate)));
    if (overlapFrames >= shortestFrames) {
      const shortest = videos.findIndex(
        (clip, index) => index > 0 && clipFrames(clip, rate) === shortestFrames,
      );
      refuse({
        path: '/input/overlapFrames',
        message: `would swallow ${pointerOf('videos')}/${shortest}, which has ${shortestFrames} frames at ${frameRateWords(rate)} fps.`,
        allowed: [`0..${Math.max(0, shortestFrames - 1)}`],
      });
    }
    const shown = Math.round(framesPerSecond(rate) * 1000) / 1000;
    return { overlapFrames, frameRate: shown, exactFrameRate: rate, ...canvas };
  },
  price({ videos }, { perClipMicros, clipsMin }) {
    const clips = Math.max(videos.length, clipsMin);
    const basis = [`${clips} clips × ${usd(perClipMicros)}`];
    return { amountMicros: Amount.micros(perClipMicros).times(clips).roundedUp(), basis };
  },
  workload({ videos, width, height, exactFrameRate }) {
    const frames = videos.map((clip) => clipFrames(clip, exactFrameRate)).filter(Number.isFinite);
    const units = frames.reduce((sum, count) => sum + count, 0) * megapixels({ width, height });
    return { units, unit: 'megapixel-frame' };
  },
  output({ videos, overlapFrames, exactFrameRate, width, height }) {
    const frames = videos.reduce((sum, clip) => sum + clipFrames(clip, exactFrameRate), 0);
    const left = frames - overlapFrames * (videos.length - 1);
    const length = { frames: left, durationSeconds: left / framesPerSecond(exactFrameRate) };
    return {
      ...{ kind: 'video', mimeType: 'video/mp4', width, height, frameRate: exactFrameRate, hasAudio: true },
      ...(Number.isFinite(left) ? length : {}),
    };
  },
  runnerParams: (effective, pathOf): VideoCombineParams => ({
    clipPaths: effective.videos.map(pathOf),
    overlapFrames: effective.overlapFrames,
    frameRate: effective.exactFrameRate,
    width: effective.width,
    height: effective.height,
  }),
});

type Adjust = (adjustment: InputAdjustment) => void;

function firstFrameRate(first: StagedMedia | undefined, adjust: Adjust): FrameRate {
  const found = first?.frameRate;
  if (!found) {
    const reason = "the first clip doesn't say its frame rate";
    adjust({ field: 'frameRate', from: null, to: framesPerSecond(unknownFrameRate), reason });
    return unknownFrameRate;
  }
  const { min, max } = frameRateLimits;
  const limited = Math.min(max, Math.max(min, framesPerSecond(found)));
  if (limited === framesPerSecond(found)) return reduced(found);
  const reason = `the first clip's frame rate lies outside ${min}..${max}`;
  adjust({ field: 'frameRate', from: framesPerSecond(found), to: limited, reason });
  return { numerator: limited, denominator: 1 };
}

/** H.264 with 4:2:0 colour wants even sides. */
function firstSize(
  first: StagedMedia | undefined,
  { field, adjust }: { field: string; adjust: Adjust },
): Size {
  const found = first && sizeOf(first);
  const source = found ?? unknownSize;
  const even = { width: evenSide(source.width), height: evenSide(source.height) };
  if (found && sizeWords(found) === sizeWords(even)) return even;
  const reason = found ? 'sides of a video are even' : "the first clip doesn't say its size";
  adjust({ field, from: found ? sizeWords(found) : null, to: sizeWords(even), reason });
  return even;
}

function evenSide(side: number): number {
  return Math.max(2, side - (side % 2));
}

/** What becomes of a clip that isn't like the output. */
function clipAdjustments(
  clip: StagedMedia,
  output: { field: string; isFirst: boolean; rate: FrameRate; canvas: Size },
): InputAdjustment[] {
  const { field, isFirst, rate, canvas } = output;
  const adjustments: InputAdjustment[] = [];
  const size = sizeOf(clip);
  if (!isFirst && size && sizeWords(size) !== sizeWords(canvas)) {
    const reason = "scaled and padded to the first clip's size";
    adjustments.push({ field, from: sizeWords(size), to: sizeWords(canvas), reason });
  }
  const from = clip.frameRate && frameRateWords(reduced(clip.frameRate));
  if (from !== undefined && from !== frameRateWords(rate)) {
    const reason = 'frames are repeated or left out to reach the frame rate of the output';
    adjustments.push({ field, from: `${from} fps`, to: `${frameRateWords(rate)} fps`, reason });
  }
  if (clip.hasAudio === false) {
    adjustments.push({
      field,
      from: 'no sound',
      to: 'silence',
      reason: 'every clip of the output has sound',
    });
  }
  return adjustments;
}

/** Frames of `clip` at the output's rate; infinite where its length is unknown, so that nothing is refused. */
function clipFrames(clip: StagedMedia, rate: FrameRate): number {
  const { durationSeconds, frames, frameRate } = clip;
  const pictureSeconds = frames && frameRate ? frames / framesPerSecond(frameRate) : durationSeconds;
  if (pictureSeconds === undefined) return Number.POSITIVE_INFINITY;
  return Math.round(pictureSeconds * framesPerSecond(rate));
}
