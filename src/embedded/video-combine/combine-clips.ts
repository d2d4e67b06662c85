import { join } from 'node:path';
import { MediaToolError, type MediaToolOptions } from '../../media/ffmpeg.ts';
import type { RunResult } from '../../runners/protocol.ts';
import type { VideoCombineParams } from '../../tasks/video-combine.ts';
import { EngineError, type RunContext } from '../serve.ts';
import { sharedColour } from './colour.ts';
import { atOnce } from './at-once.ts';
import { copyPictures } from './copy-pictures.ts';
import { encodeBatch, type PictureFile } from './encode-batch.ts';
import { type Clip, inspectClip, NoPicture } from './inspect-clip.ts';
import { joinSegments } from './join-segments.ts';
import { mixSound } from './mix-sound.ts';
import { canCopyPictures, planSegments, type Segment } from './plan.ts';
import { type Batch, framesOf, planBatches } from './plan-batches.ts';
import { readPictureTimes } from './picture-times.ts';
import { reportWhile } from './report-while.ts';

const filename = 'video.mp4';
/** Programs that run side by side, on clips or on batches of them. */
const processesAtOnce = 2;

/**
 * Joins clips in playback order. Pictures are copied where every clip already is what the output asks for;
 * otherwise they are encoded a few at a time, so that memory doesn't grow with their number.
 * @throws EngineError `invalid_input` for a clip that can't be read or that the trim would swallow
 */
export async function combineClips(params: VideoCombineParams, context: RunContext): Promise<RunResult> {
  const canvas = evenCanvas(params);
  const clips = await inspectClips(canvas.clipPaths, context);
  const segments = planSegments(clips, canvas);
  const path = join(context.outputFolder, filename);
  const plan: CombinePlan = { params: canvas, segments, path };
  const isCopied = canCopyPictures(segments, canvas) && (await combine(plan, context, { copies: true }));
  if (!isCopied && !(await combine(plan, context, { copies: false }))) {
    throw new EngineError('internal', 'The combined video does not hold the frames it should.');
  }
  const frames = framesOf(segments);
  const { numerator, denominator } = canvas.frameRate;
  const { width, height } = canvas;
  const durationSeconds = (frames * denominator) / numerator;
  return {
    outputs: [{ filename, mimeType: 'video/mp4', width, height, durationSeconds, frames }],
    metadata: {
      method: isCopied ? 'copied' : 'encoded',
      frames,
      frameRate: `${numerator}/${denominator}`,
      clipFrames: segments.map((segment) => segment.frames),
      hasAudio: clips.some((clip) => clip.hasAudio),
    },
    measurements: {},
  };
}

interface CombinePlan {
  params: VideoCombineParams;
  segments: Segment[];
  path: string;
}

/** H.264 of 4:2:0 has even sides. */
function evenCanvas(params: VideoCombineParams): VideoCombineParams {
  return { ...params, width: params.width + (params.width % 2), height: params.height + (params.height % 2) };
}

async function inspectClips(paths: readonly string[], context: RunContext): Promise<Clip[]> {
  const steps = paths.length;
  let step = 0;
  const bounds = { limit: processesAtOnce, signal: context.signal };
  const clips = atOnce(paths, bounds, async (path, index, signal) => {
    const clip = await readable(index, signal, () => inspectClip(path, signal));
    step++;
    return clip;
  });
  await context.progress({ stage: 'inspecting', step, steps, fraction: 0 });
  return reportWhile(clips, () =>
    context.progress({ stage: 'inspecting', step, steps, fraction: (0.05 * step) / steps }),
  );
}

/** Blames clip `index` for a program that fails on it, unless the job was canceled. */
async function readable<T>(index: number, signal: AbortSignal, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (signal.aborted) throw cause;
    if (cause instanceof NoPicture) {
      throw new EngineError('invalid_input', `Clip ${index} (counted from 0) holds no video.`, { cause });
    }
    if (cause instanceof MediaToolError) {
      throw new EngineError('invalid_input', `Clip ${index} (counted from 0) can't be read as a video.`, {
        cause,
      });
    }
    throw cause;
  }
}

/** Writes the combined file and says whether it holds exactly the frames it should. */
async function combine(
  plan: CombinePlan,
  context: RunContext,
  { copies }: { copies: boolean },
): Promise<boolean> {
  const { pictures, soundPath } = await makeParts(plan, context, { copies });
  const { frameRate } = plan.params;
  const parts = { pictures, soundPath, frameRate, folder: context.scratchFolder, path: plan.path };
  const joining = joinSegments(parts, { signal: context.signal });
  await reportWhile(joining, () => context.progress({ stage: 'joining', step: 0, steps: 1, fraction: 0.92 }));
  return keepsEveryFrame(plan, context.signal);
}

async function keepsEveryFrame(
  { path, segments, params }: CombinePlan,
  signal: AbortSignal,
): Promise<boolean> {
  const times = await readPictureTimes(path, signal);
  const { numerator, denominator } = params.frameRate;
  const frameSeconds = denominator / numerator;
  return (
    times.length === framesOf(segments) &&
    times.every((seconds, i) => Math.abs(seconds - i * frameSeconds) < frameSeconds / 4)
  );
}

/** Pictures and sound, made side by side. */
async function makeParts(
  plan: CombinePlan,
  context: RunContext,
  { copies }: { copies: boolean },
): Promise<{ pictures: PictureFile[]; soundPath: string | null }> {
  const { segments } = plan;
  const hasSound = segments.some(({ clip }) => clip.hasAudio);
  const soundPath = hasSound ? join(context.scratchFolder, 'sound.m4a') : null;
  // A copy reads a clip's file as it is; an encoder writes one file for several clips.
  const batches = copies
    ? segments.map((segment): Batch => [segment])
    : planBatches(segments, processesAtOnce);
  const framesDone = batches.map(() => 0);
  const makePictures = pictureMaker(plan, { copies, folder: context.scratchFolder });
  let pictures: PictureFile[] = [];
  const makers = [
    async (signal: AbortSignal) => {
      pictures = await atOnce(batches, { limit: processesAtOnce, signal }, async (batch, index, sibling) => {
        const onFrame = (frames: number) => (framesDone[index] = frames);
        const made = await makePictures(batch, { signal: sibling, onFrame });
        framesDone[index] = made.frames;
        return made;
      });
    },
    async (signal: AbortSignal) => {
      if (soundPath) await mixSound(segments, soundPath, { signal });
    },
  ];
  const both = atOnce(makers, { limit: 2, signal: context.signal }, (make, _, signal) => make(signal));
  const stage = copies ? 'copying' : 'encoding';
  const steps = framesOf(segments);
  await reportWhile(both, () => {
    const step = framesDone.reduce((sum, frames) => sum + frames, 0);
    return context.progress({ stage, step, steps, fraction: 0.05 + (0.85 * step) / steps });
  });
  return { pictures, soundPath };
}

function pictureMaker(
  { params, segments }: CombinePlan,
  { copies, folder }: { copies: boolean; folder: string },
): (batch: Batch, options: MediaToolOptions) => Promise<PictureFile> {
  if (copies) return ([segment], options) => copyPictures(segment, folder, options);
  const settings = { params, colour: sharedColour(segments.map(({ clip }) => clip)), folder };
  return (batch, options) => encodeBatch(batch, settings, options);
}
