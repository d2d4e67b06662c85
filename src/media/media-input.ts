import { type Static, Type } from '@sinclair/typebox';
import type { MediaKind } from './staged-media.ts';

/** A file sent inside the request: base64 (or a whole data URI) and its type. */
export const InlineMedia = Type.Object(
  { dataBase64: Type.String({ minLength: 1 }), mimeType: Type.String() },
  { additionalProperties: false, title: 'Inline file' },
);

/** A file field: an http(s) URL, a data URI, or an inline object. */
export const MediaInput = Type.Union([Type.String({ minLength: 1, title: 'URL or data URI' }), InlineMedia]);

export type InlineMedia = Static<typeof InlineMedia>;
export type MediaInput = Static<typeof MediaInput>;

/** One file that a request names, and what staging it must keep to. */
export interface MediaReference {
  /** JSON pointer of the field that named it, e.g. `/input/referenceImages/1`: where its issues are reported. */
  pointer: string;
  kind: MediaKind;
  input: MediaInput;
  /** Stem of its file name in the job's input folder, e.g. `start-frame`; unique in one request. */
  stem: string;
  /** A longer recording or clip is refused. */
  durationSecondsMax?: number;
}
