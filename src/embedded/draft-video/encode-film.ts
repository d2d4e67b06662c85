import { ffmpeg } from '../../media/ffmpeg.ts';
import { draftComment } from '../../media/formats.ts';
import type { VideoGenerateParams } from '../../tasks/video-generate.ts';
import type { RunContext } from '../serve.ts';
import { drawFrame, type Film } from './film.ts';
import { pictureBytes } from './picture.ts';

/** Quantisers of x264, 0 (lossless) … 51: the opening may be forty frames long, the final frame is one. */
const pinned = { opening: 10, final: 3 };
/** Pixels drawn between two reports of progress, about a quarter of a second's work. */
const pixelsBetweenReports = 8_000_000;

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
  const bytes = new Uint8Array(pictureBytes(width, height));
  await ffmpeg(encoderArguments(params, soundPath, path), {
    signal: context.signal,
    async feed(write) {
      for (let index = 0; index < outputFrames; index++) {
        if (index % framesBetweenReports === 0) {
          const fraction = 0.04 + (0.94 * index) / outputFrames;
          await context.progress({ stage: 'drawing', step: index, steps: outputFrames, fraction });
        }
        drawFrame(film, index, bytes);
        await write(bytes);
      }
    },
  });
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
 * Given frames are pinned to a fine quantiser. x264 does so for P-frames alone: the first frame, an I-frame, gets
 * its quality from the I-frames' ratio, and the last one must not fall on a keyframe. Without B-frames there is no
 * edit list, and clips join without re-encoding. The thread count is fixed because it changes the bytes.
 */
function pictureArguments(params: VideoGenerateParams): string[] {
  const { outputFps, outputFrames, extremeQuality, finalFrameImagePath } = params;
  const quality = extremeQuality
    ? ['-preset', 'medium', '-crf', '12']
    : ['-preset', 'veryfast', '-crf', '17'];
  const last = outputFrames - 1;
  const zones = [
    `0,${openingFrames(params) - 1},q=${pinned.opening}`,
    ...(finalFrameImagePath ? [`${last},${last},q=${pinned.final}`] : []),
  ];
  const twoSeconds = Math.max(1, Math.round(2 * outputFps));
  const keyInterval = last % twoSeconds === 0 ? twoSeconds + 1 : twoSeconds;
  return [
    ...['-c:v', 'libx264', ...quality, '-profile:v', 'high', '-pix_fmt', 'yuv420p', '-bf', '0'],
    ...['-g', String(keyInterval), '-sc_threshold', '0', '-threads', '2'],
    ...['-x264-params', `zones=${zones.join('/')}:ipratio=2`, '-flags:v', '+bitexact'],
    ...['-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709', '-color_range', 'tv'],
  ];
}

/** Output frames at the head that show given frames. */
function openingFrames({ overlapFrameImagePaths, outputFps, sampledFps }: VideoGenerateParams): number {
  const openingEnd = Math.max(0, overlapFrameImagePaths.length - 1);
  return Math.ceil((openingEnd * outputFps) / sampledFps) + 1;
}
