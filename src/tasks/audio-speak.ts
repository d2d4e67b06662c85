import type { AudioFormat } from '../media/formats.ts';

/** What a runner of `audio.speak` is sent. */
export interface AudioSpeakParams {
  mode: 'voice_design' | 'voice_clone';
  text: string;
  /** Null in `voice_clone` mode where none was given. */
  voiceDescription: string | null;
  language: 'English';
  /** `voice_clone` only. */
  referenceAudioPath: string | null;
  referenceTranscript: string | null;
  /** The reference is trimmed to this; null in `voice_design` mode. */
  referenceAudioMaxSeconds: number | null;
  maxNewTokens: number;
  qualityKbps: number;
  outputFormat: AudioFormat;
  seed: number;
}
