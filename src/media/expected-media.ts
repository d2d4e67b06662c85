import { type AudioFormat, audioMimeTypes, type ImageFormat, imageMimeTypes } from './formats.ts';
import type { StagedMedia } from './staged-media.ts';

/** What a file will be that is not there yet, as far as it can be told: what a later job may be planned on. */
export type ExpectedMedia = Pick<StagedMedia, 'kind' | 'mimeType'> &
  Partial<Pick<StagedMedia, 'width' | 'height' | 'durationSeconds' | 'frameRate' | 'frames' | 'hasAudio'>>;

export function expectedImage(size: { width: number; height: number }, format: ImageFormat): ExpectedMedia {
  return { kind: 'image', mimeType: imageMimeTypes[format], width: size.width, height: size.height };
}

/** @param durationSeconds left out where only the finished file can tell it */
export function expectedAudio(format: AudioFormat, durationSeconds?: number): ExpectedMedia {
  const length = durationSeconds === undefined ? {} : { durationSeconds };
  return { kind: 'audio', mimeType: audioMimeTypes[format], ...length };
}
