export type MediaKind = 'image' | 'audio' | 'video';

/** A client's file after it was fetched or decoded, checked, measured and put beside its job. */
export interface StagedMedia {
  kind: MediaKind;
  /** Its bare name in the job's input folder; the appliance alone chooses it. */
  name: string;
  mimeType: string;
  bytes: number;
  sha256: string;
  /** Where it came from: `inline`, or the URL as the client gave it. */
  source: string;
  /** Pixels; images (after EXIF orientation) and videos. */
  width?: number;
  height?: number;
  /** Seconds; audio and video. */
  durationSeconds?: number;
  /** Exact frame rate and frame count; videos. */
  frameRate?: { numerator: number; denominator: number };
  frames?: number;
  hasAudio?: boolean;
}

/** Turns a staged file into the absolute path its runner opens. */
export type PathOf = (media: StagedMedia) => string;
