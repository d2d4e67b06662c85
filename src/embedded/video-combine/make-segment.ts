import { join } from 'node:path';
import { ffmpeg, localInputOnly, type MediaToolOptions } from '../../media/ffmpeg.ts';
import type { VideoCombineParams } from '../../tasks/video-combine.ts';
import { colourArguments, colourFilters, type ColourTags } from './colour.ts';
import type { Segment } from './plan.ts';

/** A file whose pictures, as they are coded, are a stretch of the combined video. */
export interface PictureFile {
  path: string;
  /** Pictures in it. */
  frames: number;
}

export interface SegmentSettings {
  params: VideoCombineParams;
  colour: ColourTags;
  folder: string;
}

/** Encodes the pictures of one segment into a file in `settings.folder`. @throws MediaToolError */
export async function makeSegment(
  segment: Segment,
  settings: SegmentSettings,
  options: MediaToolOptions,
): Promise<PictureFile> {
  const path = join(settings.folder, `segment-${segment.index}.mp4`);
  await ffmpeg(
    [
      ...[...localInputOnly, '-i', segment.clip.path],
      ...['-filter_complex', pictureGraph(segment, settings), ...encoding(segment, settings)],
      ...['-map_metadata', '-1', '-map_chapters', '-1', path],
    ],
    options,
  );
  return { path, frames: segment.frames };
}

/**
 * The clip's pictures at the output's rate, then cut to exactly the segment's frames; should decoding give fewer
 * than the container told, the last picture stays.
 */
function pictureGraph({ clip, headFrames, frames }: Segment, { params, colour }: SegmentSettings): string {
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
  return `[0:${clip.video.index}]${filters.join(',')}[picture]`;
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
 * H.264 without B-frames: decoding order is playback order, so that segments join without an edit list and
 * without a gap. Costs a tenth of the size, and saves a quarter of the time.
 */
export function encoding({ frames }: Segment, { params, colour }: Omit<SegmentSettings, 'folder'>): string[] {
  const gopFrames = Math.max(1, Math.round((2 * params.frameRate.numerator) / params.frameRate.denominator));
  return [
    ...['-map', '[picture]', '-frames:v', String(frames), '-c:v', 'libx264', '-preset', 'veryfast'],
    ...['-crf', '18', '-profile:v', 'high', '-bf', '0', '-g', String(gopFrames), '-threads', '2'],
    ...colourArguments(colour),
  ];
}
