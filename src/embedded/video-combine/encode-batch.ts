import { join } from 'node:path';
import { ffmpeg, localInputOnly, type MediaToolOptions } from '../../media/ffmpeg.ts';
import type { VideoCombineParams } from '../../tasks/video-combine.ts';
import { colourArguments, colourFilters, type ColourTags } from './colour.ts';
import type { Segment } from './plan.ts';
import { type Batch, framesOf } from './plan-batches.ts';

/** Two such encoders keep two cores busy. */
const encoderThreads = 2;

/** A file whose pictures, as they are coded, are a stretch of the combined video. */
export interface PictureFile {
  path: string;
  /** Pictures in it. */
  frames: number;
}

export interface EncodeSettings {
  params: VideoCombineParams;
  colour: ColourTags;
  folder: string;
}

/** Encodes the pictures of one batch into a file in `settings.folder`. @throws MediaToolError */
export async function encodeBatch(
  batch: Batch,
  settings: EncodeSettings,
  options: MediaToolOptions,
): Promise<PictureFile> {
  const path = join(settings.folder, `pictures-${batch[0].index}.mp4`);
  const frames = framesOf(batch);
  // Small pictures are decoded faster than they are encoded; more threads would hold more of them.
  const decoderThreads = batch.length === 1 ? 2 : 1;
  await ffmpeg(
    [
      ...batch.flatMap(({ clip }) => [
        ...localInputOnly,
        '-threads',
        String(decoderThreads),
        '-i',
        clip.path,
      ]),
      ...['-filter_complex', batchGraph(batch, settings)],
      ...['-map', '[pictures]', ...encoding({ ...settings, frames }), '-threads', String(encoderThreads)],
      ...['-map_metadata', '-1', '-map_chapters', '-1', path],
    ],
    options,
  );
  return { path, frames };
}

/** The segments end to end: each counts its time in frames, so that `concat` adds whole frames. */
function batchGraph(batch: Batch, settings: EncodeSettings): string {
  const segments = batch.map(
    (segment, input) => `${segmentGraph(segment, { input, settings })}[segment${input}]`,
  );
  const all = batch.map((_, input) => `[segment${input}]`).join('');
  return [...segments, `${all}concat=n=${batch.length}[pictures]`].join(';');
}

/**
 * The clip's pictures at the output's rate, then cut to exactly the segment's frames; should decoding give fewer
 * than the container told, the last picture stays.
 */
function segmentGraph(
  { clip, headFrames, frames }: Segment,
  { input, settings: { params, colour } }: { input: number; settings: EncodeSettings },
): string {
  const { numerator, denominator } = params.frameRate;
  const filters = [
    'setpts=PTS-STARTPTS',
    `fps=fps=${numerator}/${denominator}:start_time=0:round=near`,
    'tpad=stop=-1:stop_mode=clone',
    `trim=start_frame=${headFrames}:end_frame=${headFrames + frames}`,
    'setpts=PTS-STARTPTS',
    ...colourFilters(clip, colour),
    ...fitFilters(clip.video, params),
    'format=yuv420p',
  ];
  return `[${input}:${clip.video.index}]${filters.join(',')}`;
}

/** Scales to fit the canvas, whole, and centres on black. ffmpeg has already turned a rotated clip upright. */
function fitFilters(video: Segment['clip']['video'], { width, height }: VideoCombineParams): string[] {
  const isSquare = ['1:1', '0:1', undefined].includes(video.sample_aspect_ratio);
  const isRotated = video.side_data_list?.some((data) => data.rotation) ?? false;
  if (isSquare && !isRotated && video.width === width && video.height === height) return ['setsar=1'];
  const square = isSquare ? [] : ['scale=w=trunc(iw*sar/2)*2:h=ih', 'setsar=1'];
  return [
    ...square,
    `scale=w=${width}:h=${height}:force_original_aspect_ratio=decrease:force_divisible_by=2:flags=lanczos`,
    `pad=w=${width}:h=${height}:x=(ow-iw)/2:y=(oh-ih)/2`,
    'setsar=1',
  ];
}

/**
 * Encoder options for the combined pictures, of which there are `frames`: H.264 without B-frames, so that decoding
 * order is playback order and files join without an edit list and without a gap. Costs a tenth of the size, and saves
 * a quarter of the time.
 */
export function encoding({
  frames,
  params,
  colour,
}: Omit<EncodeSettings, 'folder'> & { frames: number }): string[] {
  const gopFrames = Math.max(1, Math.round((2 * params.frameRate.numerator) / params.frameRate.denominator));
  return [
    ...['-frames:v', String(frames), '-c:v', 'libx264', '-preset', 'veryfast'],
    ...['-crf', '18', '-profile:v', 'high', '-bf', '0', '-g', String(gopFrames)],
    ...colourArguments(colour),
  ];
}
