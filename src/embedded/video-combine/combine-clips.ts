import { join } from 'node:path';
import { MediaToolError } from '../../media/ffmpeg.ts';
import type { RunResult } from '../../runners/protocol.ts';
import type { VideoCombineParams } from '../../tasks/video-combine.ts';
import { EngineError, type RunContext } from '../serve.ts';
import { sharedColour } from './colour.ts';
import { type Clip, inspectClip, NoPicture } from './inspect-clip.ts';
import { joinSegments } from './join-segments.ts';
import { type MadeSegment, makeSegment } from './make-segment.ts';
import { canCopyPictures, planSegments, type Segment } from './plan.ts';
import { reportWhile } from './report-while.ts';

const filename = 'video.mp4';
/** Clips encoded at once. One ffmpeg with all clips as inputs keeps every decoder open: 1.2 GB at twenty clips of 1080p. */
const segmentsAtOnce = 2;

/**
 * Joins clips in playback order. Pictures are copied where every clip already is what the output asks for;
 * otherwise each clip is encoded by itself, so that memory doesn't grow with their number.
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
  const frames = expectedFrames(segments);
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
  const clips: Clip[] = [];
  for (const [index, path] of paths.entries()) {
    const report = { stage: 'inspecting', step: index, steps: paths.length };
    await context.progress({ ...report, fraction: (0.05 * index) / paths.length });
    clips.push(await readable(index, context.signal, () => inspectClip(path, context.signal)));
  }
  return clips;
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
  const made = await makeSegments(plan, context, copies);
  const { frameRate } = plan.params;
  const joining = joinSegments(
    made,
    { frameRate, folder: context.scratchFolder, path: plan.path },
    { signal: context.signal },
  );
  await reportWhile(joining, () => context.progress({ stage: 'joining', step: 0, steps: 1, fraction: 0.92 }));
  return keepsEveryFrame(plan, context.signal);
}

async function keepsEveryFrame(
  { path, segments, params }: CombinePlan,
  signal: AbortSignal,
): Promise<boolean> {
  const { packets, timeBase } = await inspectClip(path, signal);
  const { numerator, denominator } = params.frameRate;
  const ticks = (timeBase.denominator * denominator) / (timeBase.numerator * numerator);
  return (
    packets.length === expectedFrames(segments) &&
    packets.every((packet, i) => Math.abs(packet.ticks - i * ticks) < ticks / 4)
  );
}

function expectedFrames(segments: readonly Segment[]): number {
  return segments.reduce((sum, segment) => sum + segment.frames, 0);
}

/** Makes the segments, {@link segmentsAtOnce} at a time, in any order; answers them in playback order. */
async function makeSegments(
  { params, segments }: CombinePlan,
  context: RunContext,
  copiesPictures: boolean,
): Promise<MadeSegment[]> {
  const clips = segments.map((segment) => segment.clip);
  const settings = {
    params,
    copiesPictures,
    hasSound: clips.some((clip) => clip.hasAudio),
    colour: sharedColour(clips),
    folder: context.scratchFolder,
  };
  const framesDone = segments.map(() => 0);
  const made: MadeSegment[] = [];
  const waiting = segments.values();
  const siblings = new AbortController();
  const signal = AbortSignal.any([context.signal, siblings.signal]);
  const worker = async () => {
    for (const segment of waiting) {
      const onFrame = (frames: number) => (framesDone[segment.index] = frames);
      made[segment.index] = await makeSegment(segment, settings, { signal, onFrame });
      framesDone[segment.index] = segment.frames;
    }
  };
  const steps = expectedFrames(segments);
  const all = Promise.all(Array.from({ length: segmentsAtOnce }, worker)).finally(() => siblings.abort());
  await reportWhile(all, () => {
    const step = framesDone.reduce((sum, frames) => sum + frames, 0);
    const stage = copiesPictures ? 'copying' : 'encoding';
    return context.progress({ stage, step, steps, fraction: 0.05 + (0.85 * step) / steps });
  });
  return made;
}
