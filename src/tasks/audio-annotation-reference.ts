/** What a runner of `audio.annotation.reference` is sent. */
export interface AudioAnnotationReferenceParams {
  sourceAudioPath: string;
  /** Lyrics or speech with optional `[Section]` lines; null when none was given. */
  transcript: string | null;
  /** ISO 639-1, e.g. `en`. */
  language: string;
  transcriptionModel: string;
  device: 'auto' | 'cuda' | 'cpu';
  seed: number;
}
