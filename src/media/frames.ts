/**
 * Frame arithmetic of generated video. A clip has `sampledFrames` frames at `sampledFps`, made by the model;
 * interpolation puts frames at `interpolationFps` between the first and the last, which both stay as they are.
 */

/** The frame-count rule of LTX: 8n + 1. */
export function isLtxFrameCount(frames: number): boolean {
  return Number.isInteger(frames) && frames >= 9 && frames % 8 === 1;
}

/** The 8n + 1 frame count nearest to `durationSeconds` at `sampledFps`; a tie goes up. */
export function nearestLtxFrameCount(durationSeconds: number, sampledFps: number): number {
  return Math.max(1, Math.round((durationSeconds * sampledFps - 1) / 8)) * 8 + 1;
}

/** Frames in the finished file. `interpolationFps` 0 leaves the sampled frames as they are. */
export function outputFrameCount(
  sampledFrames: number,
  sampledFps: number,
  interpolationFps: number,
): number {
  if (interpolationFps === 0) return sampledFrames;
  return Math.round(((sampledFrames - 1) * interpolationFps) / sampledFps) + 1;
}

/**
 * Where output frame `index` lies between sampled frames: 12.25 is a quarter of the way from 12 to 13.
 * The first output frame is sampled frame 0, the last output frame the last sampled one, exactly.
 */
export function sampledPosition(index: number, outputFrames: number, sampledFrames: number): number {
  if (outputFrames === 1) return 0;
  return (index * (sampledFrames - 1)) / (outputFrames - 1);
}
