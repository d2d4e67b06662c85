import { ffmpeg, localInputOnly } from '../../../media/ffmpeg.ts';
import { outputPath } from '../../../storage/folders.ts';
import { FileGone, serveFile } from '../../../storage/serve.ts';
import type { OpenAiParts } from '../parts.ts';
import { VideoNotReady } from '../refusals.ts';
import type { VideoJob } from './find-video.ts';
import { viewVideo } from './video-view.ts';

type Variant = 'video' | 'thumbnail' | 'spritesheet';

const timeoutSeconds = 60;
/** Width of a thumbnail, and of each of a sprite sheet's pictures. */
const widths = { thumbnail: 512, sprite: 160 };
/** Pictures of a sprite sheet, along a side and down it. */
const sheetSide = 5;

/** A video's file, a picture of it, or a sheet of pictures from its beginning to its end. @throws VideoNotReady, FileGone */
export async function videoContent(
  { parts, tools }: Pick<OpenAiParts, 'parts' | 'tools'>,
  { request, job, variant }: { request: Request; job: VideoJob; variant: Variant },
): Promise<Response> {
  if (job.status !== 'succeeded') throw new VideoNotReady(job.jobId, viewVideo(job).status);
  const [output] = job.outputs;
  if (!output) throw new FileGone();
  const path = outputPath(parts.rules.filesRoot, job.jobId, output.filename);
  if (variant === 'video') {
    return serveFile(request, path, { ...output, lastModified: Date.parse(job.finishedAt ?? '') || 0 });
  }
  const seconds = output.durationSeconds ?? 1;
  const picture = variant === 'thumbnail' ? thumbnail(path, seconds) : spriteSheet(path, seconds);
  const { signal } = request;
  const bytes = await tools.pass(() => ffmpeg(picture.args, { timeoutSeconds, signal }));
  return new Response(new Uint8Array(bytes), { headers: { 'content-type': picture.mimeType } });
}

/** A tenth of the way in, where a film that begins in the dark has begun. */
function thumbnail(path: string, seconds: number) {
  const at = (seconds / 10).toFixed(3);
  const scale = `scale='min(${widths.thumbnail},iw)':-2`;
  const picture = ['-frames:v', '1', '-vf', scale, '-c:v', 'libwebp', '-f', 'image2pipe', '-'];
  return {
    mimeType: 'image/webp',
    args: ['-ss', at, ...localInputOnly, '-i', path, '-map', '0:v:0', ...picture],
  };
}

function spriteSheet(path: string, seconds: number) {
  const filters = [
    `fps=${(sheetSide ** 2 / seconds).toFixed(6)}`,
    `scale=${widths.sprite}:-2`,
    `tile=${sheetSide}x${sheetSide}`,
  ];
  const picture = [
    '-frames:v',
    '1',
    '-vf',
    filters.join(','),
    '-c:v',
    'mjpeg',
    '-q:v',
    '3',
    '-f',
    'image2pipe',
    '-',
  ];
  return { mimeType: 'image/jpeg', args: [...localInputOnly, '-i', path, '-map', '0:v:0', ...picture] };
}
