import { join } from 'node:path';
import { ffmpeg, localInputOnly, type MediaToolOptions } from '../../media/ffmpeg.ts';
import type { VideoCombineParams } from '../../tasks/video-combine.ts';
import { colourArguments, colourFilters, type ColourTags } from './colour.ts';
import { sampleRate, type Segment } from './plan.ts';

/** A segment's pictures (a video file) and sound (bare 16-bit stereo samples), ready to be joined. */
export interface MadeSegment {
  videoPath: string;
  pcmPath: string | null;
  frames: number;
}

export interface SegmentSettings {
  params: VideoCombineParams;
  /** Takes the coded pictures as they are. */
  copiesPictures: boolean;
  /** False when no clip has sound. */
  hasSound: boolean;
  colour: ColourTags;
  folder: string;
}

/** Makes one segment in `settings.folder`. @throws MediaToolError */
export async function makeSegment(
  segment: Segment,
  settings: SegmentSettings,
  options: MediaToolOptions,
): Promise<MadeSegment> {
  const { copiesPictures, hasSound, folder } = settings;
  const videoPath = join(folder, `segment-${segment.index}.mp4`);
  const pcmPath = hasSound ? join(folder, `segment-${segment.index}.pcm`) : null;
  const graph = [
    ...(copiesPictures ? [] : [pictureGraph(segment, settings)]),
    ...(hasSound ? [soundGraph(segment)] : []),
  ];
  await ffmpeg(
    [
      ...[...localInputOnly, '-i', segment.clip.path],
      ...(graph.length > 0 ? ['-filter_complex', graph.join(';')] : []),
      ...(copiesPictures ? copying(segment) : encoding(segment, settings)),
      ...['-map_metadata', '-1', '-map_chapters', '-1', videoPath],
      ...(pcmPath ? ['-map', '[sound]', '-c:a', 'pcm_s16le', '-f', 's16le', pcmPath] : []),
    ],
    options,
  );
  return { videoPath, pcmPath, frames: segment.frames };
}

/** The pictures alone: beside sound, the sound's encoder delay would shift them when clips are joined. */
function copying({ clip }: Segment): string[] {
  return ['-map', `0:${clip.video.index}`, '-c:v', 'copy'];
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
 * The clip's own sound against its own pictures: what sounds before the first picture is left out, a late start
 * or a gap becomes silence, and the end is cut or padded to the sample.
 */
function soundGraph({ clip, headSamples, samples }: Segment): string {
  const stereo = `aformat=sample_fmts=s16:sample_rates=${sampleRate}:channel_layouts=stereo`;
  const cut = `atrim=start_sample=${headSamples}:end_sample=${headSamples + samples},asetpts=PTS-STARTPTS`;
  if (!clip.hasAudio) return `anullsrc=r=${sampleRate}:cl=stereo,${stereo},${cut}[sound]`;
  const aligned = `asetpts=PTS-(${clip.videoStartSeconds})/TB,aresample=${sampleRate}:async=1:first_pts=0`;
  return `[0:a:0]${aligned},${stereo},apad,${cut}[sound]`;
}

/**
 * H.264 without B-frames: decoding order is playback order, so that segments join without an edit list and
 * without a gap. Costs a tenth of the size, and saves a quarter of the time.
 */
export function encoding({ frames }: Segment, { params, colour }: SegmentSettings): string[] {
  const gopFrames = Math.max(1, Math.round((2 * params.frameRate.numerator) / params.frameRate.denominator));
  return [
    ...['-map', '[picture]', '-frames:v', String(frames), '-c:v', 'libx264', '-preset', 'veryfast'],
    ...['-crf', '18', '-profile:v', 'high', '-bf', '0', '-g', String(gopFrames), '-threads', '2'],
    ...colourArguments(colour),
  ];
}
