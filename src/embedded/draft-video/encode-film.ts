import { ffmpeg } from '../../media/ffmpeg.ts';
import { draftComment } from '../../media/formats.ts';
import type { VideoGenerateParams } from '../../tasks/video-generate.ts';
import type { RunContext } from '../serve.ts';
import { drawFrame, type Film } from './film.ts';
import { pictureBytes } from './picture.ts';

/** Pixels drawn between two reports of progress, about a quarter of a second's work. */
const pixelsBetweenReports = 12_000_000;

/**
 * Draws every frame of `film` and encodes it to `path` on the way; no frame is ever on disk uncoded.
 * @throws MediaToolError
 * @throws EngineError `canceled`
 */
export async function encodeFilm(
  film: Film,
  { params, soundPath, path }: { params: VideoGenerateParams; soundPath: string | null; path: string },
  context: RunContext,
): Promise<void> {
  const { width, height, outputFrames } = params;
  const framesBetweenReports = Math.max(1, Math.floor(pixelsBetweenReports / (width * height)));
  let drawn = 0;
  let failure: unknown = null;
  const frames = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          if (drawn % framesBetweenReports === 0) {
            const fraction = 0.04 + (0.94 * drawn) / outputFrames;
            await context.progress({ stage: 'drawing', step: drawn, steps: outputFrames, fraction });
          }
          const bytes = new Uint8Array(pictureBytes(width, height));
          drawFrame(film, drawn, bytes);
          controller.enqueue(bytes);
          if (++drawn === outputFrames) controller.close();
        } catch (error) {
          failure = error;
          controller.error(error);
        }
      },
    },
    { highWaterMark: 1 },
  );
  const encoding = ffmpeg(encoderArguments(params, soundPath, path), {
    stdin: frames,
    signal: context.signal,
  });
  try {
    await encoding;
  } catch (error) {
    throw failure ?? error;
  }
  // A broken stream looks like an early end to ffmpeg, which then succeeds with fewer frames.
  if (failure) throw failure;
}

function encoderArguments(params: VideoGenerateParams, soundPath: string | null, path: string): string[] {
  const { width, height, outputFps } = params;
  const picture = ['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-video_size', `${width}x${height}`];
  return [
    ...[...picture, '-framerate', String(outputFps), '-i', 'pipe:0'],
    ...(soundPath ? ['-i', soundPath] : []),
    ...['-map', '0:v', ...pictureArguments(params)],
    ...(soundPath ? ['-map', '1:a', '-c:a', 'aac', '-b:a', '192k', '-flags:a', '+bitexact'] : []),
    ...['-map_metadata', '-1', '-metadata', `comment=${draftComment}`],
    ...['-movflags', '+faststart', '-fflags', '+bitexact', path],
  ];
}

/**
 * Given frames are pinned to a fine quantiser, whatever the rate control thinks of them. Without B-frames there
 * is no edit list, and clips join without re-encoding; the thread count is fixed because it changes the bytes.
 */
function pictureArguments(params: VideoGenerateParams): string[] {
  const { outputFps, outputFrames, extremeQuality } = params;
  const [preset, crf] = extremeQuality ? ['medium', '12'] : ['veryfast', '17'];
  const last = outputFrames - 1;
  const zones = [
    `0,${pinnedFrames(params) - 1},q=6`,
    ...(params.finalFrameImagePath ? [`${last},${last},q=6`] : []),
  ];
  const tags = [
    '-colorspace',
    'bt709',
    '-color_primaries',
    'bt709',
    '-color_trc',
    'bt709',
    '-color_range',
    'tv',
  ];
  return [
    ...['-c:v', 'libx264', '-preset', preset!, '-crf', crf!, '-profile:v', 'high', '-pix_fmt', 'yuv420p'],
    ...['-bf', '0', '-g', String(Math.max(1, Math.round(2 * outputFps))), '-threads', '2'],
    ...['-x264-params', `zones=${zones.join('/')}`, ...tags, '-flags:v', '+bitexact'],
  ];
}

/** Output frames at the head that show given frames. */
function pinnedFrames({ overlapFrameImagePaths, outputFps, sampledFps }: VideoGenerateParams): number {
  const openingEnd = Math.max(0, overlapFrameImagePaths.length - 1);
  return Math.ceil((openingEnd * outputFps) / sampledFps) + 1;
}
