import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ffmpeg, type MediaToolOptions } from '../../media/ffmpeg.ts';
import { engineComment } from '../../media/formats.ts';
import type { VideoCombineParams } from '../../tasks/video-combine.ts';
import type { MadeSegment } from './make-segment.ts';
import { sampleRate } from './plan.ts';

/**
 * Joins segments into one MP4: pictures are copied end to end, sound is encoded once over the whole, because AAC
 * comes in blocks of 1024 samples that end at no clip's end.
 * @throws MediaToolError
 */
export async function joinSegments(
  segments: readonly MadeSegment[],
  { frameRate, folder, path }: { frameRate: VideoCombineParams['frameRate']; folder: string; path: string },
  options: MediaToolOptions,
): Promise<void> {
  const listPath = join(folder, 'segments.txt');
  await writeFile(listPath, concatList(segments, frameRate));
  const pcmPaths = segments.flatMap(({ pcmPath }) => pcmPath ?? []);
  const sound = pcmPaths.length > 0;
  await ffmpeg(
    [
      ...['-f', 'concat', '-safe', '0', '-protocol_whitelist', 'file', '-i', listPath],
      ...(sound ? soundInput(pcmPaths) : []),
      ...['-map', '0:v:0', '-c:v', 'copy'],
      ...(sound ? ['-map', '1:a', '-c:a', 'aac', '-b:a', '192k'] : []),
      ...['-map_metadata', '-1', '-map_chapters', '-1'],
      ...['-metadata', `comment=${engineComment('video-combine')}`],
      ...['-movflags', '+faststart', '-fflags', '+bitexact', path],
    ],
    options,
  );
}

/** Bare samples have no headers, so that their files read one after the other are one recording. */
function soundInput(pcmPaths: readonly string[]): string[] {
  const format = ['-f', 's16le', '-ar', String(sampleRate), '-ac', '2'];
  return [...format, '-protocol_whitelist', 'file,concat', '-i', `concat:${pcmPaths.join('|')}`];
}

/**
 * A list for ffmpeg's concat demuxer. Each duration is written out: the container's own is rounded up to a
 * millisecond, which would push every later clip off its frames.
 */
function concatList(segments: readonly MadeSegment[], rate: VideoCombineParams['frameRate']): string {
  const lines = segments.flatMap(({ videoPath, frames }) => [
    `file '${videoPath.replaceAll("'", String.raw`'\''`)}'`,
    `duration ${((frames * rate.denominator) / rate.numerator).toFixed(6)}`,
  ]);
  return ['ffconcat version 1.0', ...lines, ''].join('\n');
}
