import type { Segment } from './plan.ts';

/** Segments that follow each other, encoded by one process into one file. */
export type Batch = readonly [Segment, ...Segment[]];

/**
 * A process keeps the decoder of each of its clips open, so what its clips measure together is bounded: five clips of
 * 720p, two of 1080p, or one clip of any size.
 */
const pixelsMax = 5 * 1280 * 720;
/** What a process costs before its first picture, as the time of that many frames of 720p. */
const startUpFrames = 10;

/**
 * Deals segments, in playback order, to as few and as even batches as let `workers`, who take them in turn, end
 * soonest.
 */
export function planBatches(segments: readonly Segment[], workers: number): Batch[] {
  const plans = segments.map((_, index) => evenBatches(segments, index + 1));
  const [soonest] = plans.toSorted((a, b) => framesUntilDone(a, workers) - framesUntilDone(b, workers));
  return soonest ?? [];
}

/** About `count` batches of as many frames each as the segments allow; more where the pixels of one would be too many. */
function evenBatches(segments: readonly Segment[], count: number): Batch[] {
  const share = framesOf(segments) / count;
  const batches: [Segment, ...Segment[]][] = [];
  let framesBefore = 0;
  let sharesBegun = 0;
  for (const segment of segments) {
    const shareOfMiddle = Math.floor((framesBefore + segment.frames / 2) / share) + 1;
    const batch = batches.at(-1);
    if (batch && shareOfMiddle === sharesBegun && pixelsOf([...batch, segment]) <= pixelsMax)
      batch.push(segment);
    else batches.push([segment]);
    sharesBegun = shareOfMiddle;
    framesBefore += segment.frames;
  }
  return batches;
}

/** Until the last of `workers` ends, each taking the next batch when it is free. */
function framesUntilDone(batches: readonly Batch[], workers: number): number {
  const busyUntil = Array.from({ length: workers }, () => 0);
  for (const batch of batches) {
    const free = busyUntil.indexOf(Math.min(...busyUntil));
    busyUntil[free] = (busyUntil[free] ?? 0) + startUpFrames + framesOf(batch);
  }
  return Math.max(...busyUntil);
}

/** Frames that segments give together. */
export function framesOf(segments: readonly Segment[]): number {
  return segments.reduce((sum, { frames }) => sum + frames, 0);
}

/** Of the clips as they are decoded. A clip that doesn't tell its size stays alone. */
function pixelsOf(segments: readonly Segment[]): number {
  return segments.reduce(
    (sum, { clip }) => sum + (clip.video.width ?? Infinity) * (clip.video.height ?? Infinity),
    0,
  );
}
