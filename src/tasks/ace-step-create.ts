import type { AudioFormat } from '../media/formats.ts';

/** What a runner of `ace.step.create` is sent. */
export interface AceStepCreateParams {
  /** Comma-separated style, genre, instruments, mood. */
  tags: string;
  /** Lyrics with optional `[Section]` lines; empty for an instrumental. */
  lyrics: string;
  /** Exact length of the output. */
  durationSeconds: number;
  qualityPreset: 'standard' | 'high_quality';
  qualityKbps: number;
  outputFormat: AudioFormat;
  /** ISO 639-1. */
  language: string;
  seed: number;
  numInferenceSteps: number;
  guidanceScale: number;
}
