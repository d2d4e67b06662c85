import { EngineError } from '../serve.ts';
import type { VideoCombineParams } from '../../tasks/video-combine.ts';
import type { Clip } from './inspect-clip.ts';

/** Hertz of the combined sound. */
export const sampleRate = 48_000;

/** What one clip gives to the combined video. */
export interface Segment {
  clip: Clip;
  /** Place in the playback order, from 0. */
  index: number;
  /** Output frames left out at its head. */
  headFrames: number;
  /** Output frames it gives, after the trim. */
  frames: number;
  /** Samples left out at its head, and samples it gives. */
  headSamples: number;
  samples: number;
}

/**
 * Lays the clips onto the output's frames. A clip that lasts d seconds gives round(d × frameRate) frames, at
 * least one, less `overlapFrames` when it is not the first. Its sound is cut or padded to the same stretch; the
 * cuts between clips are rounded to a sample from the start of the whole, so that no rounding adds up.
 * @throws EngineError `invalid_input` when the trim would leave nothing of a clip
 */
export function planSegments(
  clips: readonly Clip[],
  { overlapFrames, frameRate }: Pick<VideoCombineParams, 'overlapFrames' | 'frameRate'>,
): Segment[] {
  const samplesAt = (frames: number) =>
    Math.round((frames * frameRate.denominator * sampleRate) / frameRate.numerator);
  let framesBefore = 0;
  return clips.map((clip, index) => {
    const whole = frameCountOf(clip, frameRate);
    const headFrames = index === 0 ? 0 : overlapFrames;
    const frames = whole - headFrames;
    if (frames < 1) {
      throw new EngineError(
        'invalid_input',
        `Clip ${index} (counted from 0) has ${whole} frames at the output's rate: trimming ${headFrames} leaves none.`,
      );
    }
    const startSample = samplesAt(framesBefore);
    framesBefore += frames;
    const samples = samplesAt(framesBefore) - startSample;
    return { clip, index, headFrames, frames, headSamples: samplesAt(headFrames), samples };
  });
}

function frameCountOf(clip: Clip, rate: VideoCombineParams['frameRate']): number {
  return Math.max(1, Math.round((clip.durationSeconds * rate.numerator) / rate.denominator));
}

/**
 * Whether the pictures can be joined as they are, without decoding: H.264 in MP4 with the same headers in every
 * clip, already on the output's canvas, one picture for each output frame, and nothing trimmed.
 */
export function canCopyPictures(segments: readonly Segment[], params: VideoCombineParams): boolean {
  const [first] = segments;
  const headers = first?.clip.video.extradata_hash;
  return (
    headers !== undefined &&
    segments.every(({ clip, headFrames }) => {
      const { video } = clip;
      return (
        headFrames === 0 &&
        video.extradata_hash === headers &&
        video.time_base === first?.clip.video.time_base &&
        clip.formatName.includes('mp4') &&
        isPlainPicture(clip, params) &&
        startsClean(clip) &&
        keepsTime(clip, params.frameRate)
      );
    })
  );
}

function isPlainPicture({ video }: Clip, { width, height }: VideoCombineParams): boolean {
  return (
    video.codec_name === 'h264' &&
    video.pix_fmt === 'yuv420p' &&
    video.width === width &&
    video.height === height &&
    (video.sample_aspect_ratio ?? '1:1') === '1:1' &&
    (video.field_order ?? 'progressive') === 'progressive' &&
    !video.side_data_list?.some((data) => data.rotation)
  );
}

/** Begins with the file, at a key picture, and shows every picture it holds. */
function startsClean(clip: Clip): boolean {
  const startsWithFile = Math.abs(clip.videoStartSeconds) < 1e-6;
  return startsWithFile && !clip.hidesPackets && clip.packets[0]?.isKey === true;
}

/** Shows one picture for each output frame, to the tick. */
function keepsTime({ packets, timeBase }: Clip, rate: VideoCombineParams['frameRate']): boolean {
  const ticks = (timeBase.denominator * rate.denominator) / (timeBase.numerator * rate.numerator);
  const start = packets[0]?.ticks ?? 0;
  return (
    Number.isInteger(ticks) &&
    packets.every((packet, i) => packet.ticks === start + i * ticks) &&
    packets.at(-1)?.durationTicks === ticks
  );
}
