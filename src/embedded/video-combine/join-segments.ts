import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ffmpeg, localInputOnly, type MediaToolOptions } from '../../media/ffmpeg.ts';
import { engineComment } from '../../media/formats.ts';
import type { VideoCombineParams } from '../../tasks/video-combine.ts';
import type { PictureFile } from './encode-batch.ts';

export interface JoinPlan {
  /** In playback order. */
  pictures: readonly PictureFile[];
  /** One recording beside all pictures; null for a silent video. */
  soundPath: string | null;
  frameRate: VideoCombineParams['frameRate'];
  /** For the list of the files. */
  folder: string;
  /** What is written. */
  path: string;
}

/** Joins coded pictures, end to end, and coded sound into one MP4, as they are. @throws MediaToolError */
export async function joinSegments(
  { pictures, soundPath, frameRate, folder, path }: JoinPlan,
  options: MediaToolOptions,
): Promise<void> {
  const listPath = join(folder, 'segments.txt');
  await writeFile(listPath, concatList(pictures, frameRate));
  await ffmpeg(
    [
      // Else the start of a clip's sound, a block before its pictures, would count as the start of all.
      '-copyts',
      ...['-f', 'concat', '-safe', '0', '-protocol_whitelist', 'file', '-i', listPath],
      ...(soundPath ? [...localInputOnly, '-i', soundPath] : []),
      ...['-map', '0:0', ...(soundPath ? ['-map', '1:0'] : []), '-c', 'copy'],
      ...['-map_metadata', '-1', '-map_chapters', '-1'],
      ...['-metadata', `comment=${engineComment('video-combine')}`],
      ...['-movflags', '+faststart', '-fflags', '+bitexact', path],
    ],
    options,
  );
}

/**
 * A list for ffmpeg's concat demuxer. Each duration is written out: the container's own is rounded up to a
 * millisecond, which would push every later clip off its frames.
 */
function concatList(pictures: readonly PictureFile[], rate: VideoCombineParams['frameRate']): string {
  const lines = pictures.flatMap(({ path, frames }) => [
    `file '${path.replaceAll("'", String.raw`'\''`)}'`,
    `duration ${((frames * rate.denominator) / rate.numerator).toFixed(6)}`,
  ]);
  return ['ffconcat version 1.0', ...lines, ''].join('\n');
}
