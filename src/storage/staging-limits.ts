import type { MediaKind } from '../media/staged-media.ts';

/** What a request's files may be at most. */
export interface StagingLimits {
  imageBytesMax: number;
  audioBytesMax: number;
  videoBytesMax: number;
  /** Width × height. */
  imagePixelsMax: number;
  /** Of a frame, as it is coded. */
  videoPixelsMax: number;
  audioSecondsMax: number;
  videoSecondsMax: number;
  /** For one URL, from the first connection to the last byte. */
  fetchSecondsMax: number;
  /** For each look of ffmpeg or ffprobe at one file. */
  probeSecondsMax: number;
  /** Files that one request may name. */
  referencesMax: number;
}

export function bytesMaxOf(limits: StagingLimits, kind: MediaKind): number {
  switch (kind) {
    case 'image':
      return limits.imageBytesMax;
    case 'audio':
      return limits.audioBytesMax;
    case 'video':
      return limits.videoBytesMax;
  }
}

export function secondsMaxOf(limits: StagingLimits, kind: 'audio' | 'video'): number {
  return kind === 'audio' ? limits.audioSecondsMax : limits.videoSecondsMax;
}
