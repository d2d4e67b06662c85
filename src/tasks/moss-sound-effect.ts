import type { AudioFormat } from '../media/formats.ts';

/** What a runner of `moss.sound.effect` is sent. */
export interface MossSoundEffectParams {
  prompt: string;
  /** Exact length of the output. */
  durationSeconds: number;
  qualityKbps: number;
  outputFormat: AudioFormat;
  topK: number;
  maxNewTokens: number;
  seed: number;
}
