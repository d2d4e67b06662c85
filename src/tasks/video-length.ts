import type { InputIssue } from '../errors.ts';
import { isLtxFrameCount, nearestLtxFrameCount, outputFrameCount } from '../media/frames.ts';

export const framesMin = 9;
/** The longest clip that the model makes, whatever the frame rate: 20 s at 30 fps. */
export const framesMax = 601;
export const durationSecondsDefault = 5;

/** The fields that decide how long a generated video is. */
export interface LengthFields {
  durationSeconds?: number | undefined;
  durationFrames?: number | undefined;
  sampledFps: number;
  interpolationFps: number;
}

/** What they come to. */
export interface VideoLength {
  durationFrames: number;
  /** Of the sampled frames: `durationFrames / sampledFps`. */
  durationSeconds: number;
  outputFps: number;
  outputFrames: number;
}

export function videoLength(fields: LengthFields): VideoLength {
  const { sampledFps, interpolationFps, durationSeconds = durationSecondsDefault } = fields;
  const durationFrames = fields.durationFrames ?? nearestLtxFrameCount(durationSeconds, sampledFps);
  return {
    durationFrames,
    durationSeconds: durationFrames / sampledFps,
    outputFps: interpolationFps || sampledFps,
    outputFrames: outputFrameCount(durationFrames, sampledFps, interpolationFps),
  };
}

/** Seconds that the finished file plays. Between its first and last sampled frame interpolation adds, never after. */
export function outputSeconds({ outputFrames, outputFps }: VideoLength): number {
  return outputFrames / outputFps;
}

export function lengthIssues(
  fields: { [Name in keyof LengthFields]?: LengthFields[Name] | undefined },
  isGiven: (field: keyof LengthFields) => boolean,
): InputIssue[] {
  const issues: InputIssue[] = [];
  const { durationSeconds, durationFrames, sampledFps, interpolationFps } = fields;
  if (isGiven('durationSeconds') && isGiven('durationFrames')) {
    const message = 'is given together with `durationSeconds`: leave one of them out.';
    issues.push({ path: '/input/durationFrames', message });
  } else if (durationFrames !== undefined && !isLtxFrameCount(durationFrames)) {
    const [below, above] = nearestValidCounts(durationFrames);
    const message = `must be a multiple of 8 plus 1, such as ${below} or ${above}, not ${durationFrames}.`;
    issues.push({ path: '/input/durationFrames', message, allowed: [below, above] });
  } else if (sampledFps !== undefined && durationSeconds !== undefined) {
    issues.push(...tooLong(durationSeconds, sampledFps));
  }
  if (sampledFps !== undefined && interpolationFps && interpolationFps < sampledFps) {
    const allowed = [0, `${Math.max(30, sampledFps)}..60`];
    const message = `is below \`sampledFps\` (${sampledFps}): interpolation only adds frames.`;
    issues.push({ path: '/input/interpolationFps', message, allowed });
  }
  return issues;
}

function tooLong(durationSeconds: number, sampledFps: number): InputIssue[] {
  const frames = nearestLtxFrameCount(durationSeconds, sampledFps);
  if (frames <= framesMax) return [];
  const secondsMax = Math.floor((framesMax / sampledFps) * 100) / 100;
  const message = `makes ${frames} frames at ${sampledFps} fps; at most ${framesMax} are made. Shorten it or lower \`sampledFps\`.`;
  return [{ path: '/input/durationSeconds', message, allowed: [`1..${secondsMax}`] }];
}

function nearestValidCounts(frames: number): [number, number] {
  const below = Math.min(framesMax - 8, Math.max(framesMin, Math.floor((frames - 1) / 8) * 8 + 1));
  return [below, below + 8];
}
