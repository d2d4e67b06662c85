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
