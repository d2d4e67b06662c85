import { Type } from '@sinclair/typebox';
import type { InputIssue } from '../errors.ts';
import { megapixels, sizeIssues } from './canvas.ts';
import { defineTask } from './define-task.ts';
import { choice, prompt, side } from './fields.ts';
import { roundedToMilliseconds } from './seconds-words.ts';
import type { RequestShape } from './task-definition.ts';
import { aspectRatios, chooseCanvas } from './video-canvas.ts';
import {
  durationSecondsDefault,
  framesMax,
  framesMin,
  lengthIssues,
  type LengthFields,
  outputSeconds,
  videoLength,
} from './video-length.ts';
import { videoPrice, videoPrices } from './video-pricing.ts';
import { sourceAdjustments, startFrameIssues } from './video-sources.ts';

/**
 * What a runner of `video.generate` is sent. `durationFrames` sampled frames (8n + 1) at `sampledFps`;
 * the file has `outputFrames` at `outputFps` (see `media/frames.ts`). Sources are cover-cropped to the canvas.
 */
export interface VideoGenerateParams {
  prompt: string;
  width: number;
  height: number;
  seed: number;
  sampledFps: number;
  durationFrames: number;
  /** 0: no interpolation. */
  interpolationFps: number;
  outputFps: number;
  outputFrames: number;
  numInferenceSteps: number;
  extremeQuality: boolean;
  /** Frame zero; null for text-to-video and when overlap frames give it. */
  startFrameImagePath: string | null;
  /** The first sampled frames, in order; empty when there are none. */
  overlapFrameImagePaths: string[];
  /** The last frame. */
  finalFrameImagePath: string | null;
  /** Sound of the finished file; begins at frame zero, cut or padded with silence to the clip's length. */
  referenceAudioPath: string | null;
}

/** LTX-2.3's recommended step count, and the slower path's. */
const steps = { standard: 30, extremeQuality: 50 };

const fields = {
  prompt: prompt('One coherent paragraph on what happens; no timestamps.'),
  aspectRatio: Type.Optional(
    choice(aspectRatios, {
      description: 'Canvas where no size is given: 16:9 is 1280x704 and what you get when left out.',
    }),
  ),
  width: Type.Optional(side('Width')),
  height: Type.Optional(side('Height')),
  durationSeconds: Type.Optional(
    Type.Number({
      minimum: 1,
      maximum: 20,
      description: 'Becomes the nearest 8n + 1 frames at `sampledFps`. 5 when no duration is given.',
    }),
  ),
  durationFrames: Type.Optional(
    Type.Integer({
      minimum: framesMin,
      maximum: framesMax,
      description: 'Exact number of sampled frames, a multiple of 8 plus 1; instead of `durationSeconds`.',
    }),
  ),
  sampledFps: Type.Integer({
    minimum: 12,
    maximum: 60,
    default: 30,
    description: 'Frames per second that the model makes.',
  }),
  interpolationFps: Type.Union([Type.Literal(0), Type.Integer({ minimum: 30, maximum: 60 })], {
    default: 60,
    description: 'Frames per second of the file after interpolation; 0 for none. Not below `sampledFps`.',
  }),
  extremeQuality: Type.Boolean({
    default: false,
    description: 'The slower path of higher fidelity, at half as much again of the price.',
  }),
};

const media = {
  startFrameImage: {
    kind: 'image',
    aliases: ['startFrameImageUrl', 'sourceImage', 'sourceImageUrl'],
    description:
      'Frame zero. Left out, with no overlap frames either, the video is made from the prompt alone.',
    stem: 'start-frame',
  },
  overlapFrameImages: {
    kind: 'image',
    aliases: ['overlapFrameImageUrls'],
    description:
      "The previous clip's last frames in order, at `sampledFps`, for a seamless extension; lossless WebP is best.",
    stem: 'overlap-frame',
    list: { countMin: 1, countMax: 17 },
  },
  finalFrameImage: {
    kind: 'image',
    aliases: ['finalFrameImageUrl'],
    description: 'The frame to end on.',
    stem: 'final-frame',
  },
  referenceAudio: {
    kind: 'audio',
    aliases: ['referenceAudioUrl'],
    description:
      'Sound that the picture follows and the file carries. Needs a start frame or overlap frames.',
    stem: 'reference-audio',
  },
} as const;

export const videoGenerate = defineTask({
  name: 'video.generate',
  title: 'Generate a video',
  summary:
    'Makes a video from a prompt, and from a start frame, overlap frames, a final frame or sound (LTX-2.3).',
  engines: { gpu: 'ltx-video', embedded: 'draft-video' },
  example: {
    prompt: 'single continuous cinematic flythrough over a neon city at dawn',
    durationSeconds: 6,
    width: 1920,
    height: 1088,
    interpolationFps: 0,
  },
  fields,
  media,
  prices: videoPrices,
  rules: (values, request) => [
    ...sizeIssues(values, request.isGiven),
    ...lengthIssues(values, request.isGiven),
    ...sourceIssues(values, request),
  ],
  resolve(values, { media, pointerOf, fieldOf, isGiven, adjust, refuse }) {
    const { prompt, sampledFps, interpolationFps, extremeQuality } = values;
    const canvas = chooseCanvas(values, adjust);
    const length = videoLength(values);
    const { durationSeconds = durationSecondsDefault, durationFrames } = values;
    if (durationFrames === undefined && durationSeconds !== length.durationSeconds) {
      const reason = `the nearest multiple of 8 plus 1 frames at ${sampledFps} fps is ${length.durationFrames}`;
      adjust({
        field: 'durationSeconds',
        from: isGiven('durationSeconds') ? roundedToMilliseconds(durationSeconds) : null,
        to: roundedToMilliseconds(length.durationSeconds),
        reason: isGiven('durationSeconds') ? reason : `by default ${durationSeconds} s: ${reason}`,
      });
    }
    startFrameIssues(media, pointerOf('startFrameImage')).forEach(refuse);
    const output = { canvas, seconds: outputSeconds(length) };
    sourceAdjustments(media, output, fieldOf).forEach(adjust);
    return {
      ...{ prompt, ...canvas, sampledFps, ...length, interpolationFps, extremeQuality },
      numInferenceSteps: extremeQuality ? steps.extremeQuality : steps.standard,
      startFrameImage: media.startFrameImage ?? media.overlapFrameImages[0] ?? null,
    };
  },
  price: videoPrice,
  workload: (effective) => ({
    units: (effective.outputFrames * megapixels(effective) * effective.numInferenceSteps) / steps.standard,
    unit: 'megapixel-frame',
  }),
  output: ({ width, height, outputFrames, outputFps, referenceAudio }) => ({
    ...{ kind: 'video', mimeType: 'video/mp4', width, height, frames: outputFrames },
    frameRate: { numerator: outputFps, denominator: 1 },
    durationSeconds: outputFrames / outputFps,
    ...(referenceAudio ? { hasAudio: true } : {}),
  }),
  runnerParams: (effective, pathOf): VideoGenerateParams => {
    const { startFrameImage, overlapFrameImages, finalFrameImage, referenceAudio, ...values } = effective;
    const { aspectRatio: _, durationSeconds: __, ...params } = values;
    const isExtension = overlapFrameImages.length > 0;
    return {
      ...params,
      startFrameImagePath: startFrameImage && !isExtension ? pathOf(startFrameImage) : null,
      overlapFrameImagePaths: overlapFrameImages.map(pathOf),
      finalFrameImagePath: finalFrameImage && pathOf(finalFrameImage),
      referenceAudioPath: referenceAudio && pathOf(referenceAudio),
    };
  },
});

function sourceIssues(
  values: { [Name in keyof LengthFields]?: LengthFields[Name] | undefined },
  request: RequestShape<keyof LengthFields | keyof typeof media>,
): InputIssue[] {
  const issues: InputIssue[] = [];
  const isGiven = (slot: keyof typeof media) => request.isGiven(slot);
  if (isGiven('referenceAudio') && !isGiven('startFrameImage') && !isGiven('overlapFrameImages')) {
    const message = 'needs a start frame or overlap frames, which are not given.';
    const allowed = ['startFrameImage', 'overlapFrameImages'];
    issues.push({ path: request.pointerOf('referenceAudio'), message, allowed });
  }
  const { sampledFps, interpolationFps } = values;
  if (sampledFps === undefined || interpolationFps === undefined) return issues;
  const overlapFrames = request.fileCount('overlapFrameImages');
  const { durationFrames } = videoLength({ ...values, sampledFps, interpolationFps });
  if (overlapFrames > durationFrames) {
    const message = `has ${overlapFrames} frames, but the video only ${durationFrames}.`;
    issues.push({
      path: request.pointerOf('overlapFrameImages'),
      message,
      allowed: [`1..${durationFrames}`],
    });
  }
  return issues;
}
