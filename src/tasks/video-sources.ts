import type { InputIssue } from '../errors.ts';
import type { StagedMedia } from '../media/staged-media.ts';
import { type Size, sizeOf, sizeWords } from './canvas.ts';
import { secondsWords } from './seconds-words.ts';
import type { InputAdjustment } from './task.ts';

/** The files that guide a generated video. */
export interface VideoSources {
  startFrameImage: StagedMedia | null;
  overlapFrameImages: StagedMedia[];
  finalFrameImage: StagedMedia | null;
  referenceAudio: StagedMedia | null;
}

/** Differences in length smaller than this aren't worth a word: encoders pad by as much. */
const audioToleranceSeconds = 0.01;

/** What becomes of sources that aren't like the output: pictures are cover-cropped, sound is cut or padded. */
export function sourceAdjustments(
  sources: VideoSources,
  output: { canvas: Size; seconds: number },
  fieldOf: (slot: keyof VideoSources) => string,
): InputAdjustment[] {
  const adjustments: InputAdjustment[] = [];
  const { startFrameImage, overlapFrameImages, finalFrameImage, referenceAudio } = sources;
  const [firstOverlap] = overlapFrameImages;
  const overlaps = fieldOf('overlapFrameImages');
  if (!startFrameImage && firstOverlap) {
    const reason = 'the first overlap frame is frame zero where no start frame is given';
    adjustments.push({ field: 'startFrameImage', from: null, to: `${overlaps}/0`, reason });
  }
  const pictures: [string, StagedMedia | null][] = [
    [fieldOf('startFrameImage'), startFrameImage],
    ...overlapFrameImages.map((image, index): [string, StagedMedia] => [`${overlaps}/${index}`, image]),
    [fieldOf('finalFrameImage'), finalFrameImage],
  ];
  for (const [field, image] of pictures) {
    const size = image && sizeOf(image);
    if (size) adjustments.push(...coverAdjustments(field, size, output.canvas));
  }
  if (referenceAudio) {
    const field = fieldOf('referenceAudio');
    adjustments.push(...audioAdjustments(referenceAudio, { field, seconds: output.seconds }));
  }
  return adjustments;
}

function coverAdjustments(field: string, from: Size, to: Size): InputAdjustment[] {
  if (from.width === to.width && from.height === to.height) return [];
  const hasSameShape = from.width * to.height === from.height * to.width;
  const reason = hasSameShape
    ? 'scaled to the canvas'
    : 'scaled to cover the canvas, the rest cropped evenly';
  return [{ field, from: sizeWords(from), to: sizeWords(to), reason }];
}

function audioAdjustments(
  audio: StagedMedia,
  { field, seconds }: { field: string; seconds: number },
): InputAdjustment[] {
  const from = audio.durationSeconds;
  if (from === undefined || Math.abs(from - seconds) < audioToleranceSeconds) return [];
  const reason =
    from > seconds ? 'cut at the end of the video' : 'padded with silence to the end of the video';
  return [{ field, from: secondsWords(from), to: secondsWords(seconds), reason }];
}

/** A start frame beside overlap frames is a second opinion on frame zero: it must be the same file. */
export function startFrameIssues(sources: VideoSources, pointer: string): InputIssue[] {
  const { startFrameImage, overlapFrameImages } = sources;
  const [firstOverlap] = overlapFrameImages;
  if (!startFrameImage || !firstOverlap || startFrameImage.sha256 === firstOverlap.sha256) return [];
  const message = 'is not the same image as the first overlap frame, which is frame zero: leave it out.';
  return [{ path: pointer, message }];
}
