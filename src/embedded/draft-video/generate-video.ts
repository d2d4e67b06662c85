import { join } from 'node:path';
import type { RunResult } from '../../runners/protocol.ts';
import type { VideoGenerateParams } from '../../tasks/video-generate.ts';
import type { RunContext } from '../serve.ts';
import { type Direction, directionOf } from './direction.ts';
import { encodeFilm } from './encode-film.ts';
import type { Film } from './film.ts';
import { paintLandscape } from './landscape.ts';
import { createPicture, type Picture } from './picture.ts';
import { forMoving, readPicture } from './read-picture.ts';
import { readSoundtrack } from './soundtrack.ts';
import { createAir } from './weather.ts';

const filename = 'video.mp4';

/** Draws a draft of a video: a camera move over the given pictures, or over a scene painted from the prompt's words. */
export async function generateVideo(params: VideoGenerateParams, context: RunContext): Promise<RunResult> {
  const { width, height, outputFrames, outputFps } = params;
  const direction = directionOf(params.prompt, params.seed);
  const sound = await readSoundtrack(params, context);
  const film = await prepareFilm(params, direction, context);
  const path = join(context.outputFolder, filename);
  const soundPath = sound?.path ?? null;
  await encodeFilm({ ...film, loudness: sound?.loudness ?? null }, { params, soundPath, path }, context);
  const durationSeconds = outputFrames / outputFps;
  return {
    outputs: [{ filename, mimeType: 'video/mp4', width, height, durationSeconds, frames: outputFrames }],
    metadata: {
      draft: true,
      mode: film.landscape ? 'text-to-video' : 'image-to-video',
      cameraMove: direction.move,
      weather: direction.weather,
      ...(film.landscape ? { place: direction.place, mood: direction.mood } : {}),
      overlapFrames: params.overlapFrameImagePaths.length,
      finalFrame: film.final !== null,
      hasAudio: sound !== null,
      frames: outputFrames,
      fps: outputFps,
    },
    measurements: {},
  };
}

async function prepareFilm(
  params: VideoGenerateParams,
  direction: Direction,
  context: RunContext,
): Promise<Omit<Film, 'loudness'>> {
  const { width, height, seed } = params;
  const given = params.overlapFrameImagePaths.slice(0, params.durationFrames);
  const openingPaths = given.length > 0 ? given : [params.startFrameImagePath ?? []].flat();
  const opening: Picture[] = [];
  for (const [step, path] of openingPaths.entries()) {
    const steps = openingPaths.length;
    await context.progress({ stage: 'reading', step, steps, fraction: (0.03 * step) / steps });
    opening.push(await readPicture(path, { width, height }));
  }
  const last = opening.pop();
  if (last) opening.push(forMoving(last));
  const painting = (step: number, steps: number) =>
    context.progress({ stage: 'painting', step, steps, fraction: 0.03 });
  await painting(0, 1);
  const size = { width, height };
  const { finalFrameImagePath } = params;
  return {
    params,
    direction,
    opening,
    landscape: last ? null : await paintLandscape(direction, size, { seed, onPainted: painting }),
    final: finalFrameImagePath ? forMoving(await readPicture(finalFrameImagePath, size)) : null,
    air: createAir(direction, createPicture(width, height), seed),
  };
}
