import { join } from 'node:path';
import { ffmpeg, localInputOnly, type MediaToolOptions } from '../../media/ffmpeg.ts';
import type { PictureFile } from './encode-batch.ts';
import type { Segment } from './plan.ts';

/**
 * The file that a segment's pictures can be copied from: the clip itself. Files are joined stream by stream, by
 * place: where the pictures don't stand first, they are put into a file of their own, in `folder`.
 * @throws MediaToolError
 */
export async function copyPictures(
  { clip, index, frames }: Segment,
  folder: string,
  options: MediaToolOptions,
): Promise<PictureFile> {
  if (clip.video.index === 0) return { path: clip.path, frames };
  const path = join(folder, `pictures-${index}.mp4`);
  const alone = ['-map', `0:${clip.video.index}`, '-c:v', 'copy'];
  await ffmpeg([...localInputOnly, '-i', clip.path, ...alone, path], options);
  return { path, frames };
}
