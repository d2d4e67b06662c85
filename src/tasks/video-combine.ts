/**
 * What a runner of `video.combine` is sent. Clips in playback order; every clip after the first loses
 * `overlapFrames / frameRate` seconds of picture and sound at its head.
 */
export interface VideoCombineParams {
  clipPaths: string[];
  overlapFrames: number;
  frameRate: { numerator: number; denominator: number };
  width: number;
  height: number;
}
