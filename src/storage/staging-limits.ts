import type { MediaKind } from '../media/staged-media.ts';
import type { Settings } from '../settings/load-settings.ts';

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
  /** All files of one request together. */
  requestBytesMax: number;
  /** For all files of one request, from its first look at one to the last. */
  requestSecondsMax: number;
  /** For each look of ffmpeg or ffprobe at one file. */
  probeSecondsMax: number;
  /** Files that one request may name. */
  referencesMax: number;
}

const probeSecondsMax = 30;
/** 4096 × 4096: a clip decides the size of what is made from it, and so what memory that takes. */
const videoPixelsMax = 16_777_216;
/** A job's files: fifty clips, or a start frame with all its overlap frames. */
const referencesMax = 64;

/** The limits that the operator set, and those that nobody needs to. */
export function stagingLimits(inputs: Settings['inputs']): StagingLimits {
  return {
    imageBytesMax: inputs.maxImageBytes,
    audioBytesMax: inputs.maxAudioBytes,
    videoBytesMax: inputs.maxVideoBytes,
    imagePixelsMax: inputs.maxImagePixels,
    videoPixelsMax,
    audioSecondsMax: inputs.maxAudioSeconds,
    videoSecondsMax: inputs.maxVideoSeconds,
    fetchSecondsMax: inputs.fetchSeconds,
    requestBytesMax: inputs.maxRequestBytes,
    requestSecondsMax: inputs.stagingSeconds,
    probeSecondsMax,
    referencesMax,
  };
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
