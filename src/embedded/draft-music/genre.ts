import type { Mode } from './theory.ts';

export type BassStyle =
  | 'roots'
  | 'eighths'
  | 'offbeat'
  | 'walking'
  | 'syncopated'
  | 'long'
  | 'octaves'
  | 'alternating';
export type ChordStyle =
  | 'held'
  | 'strummed'
  | 'broken'
  | 'stabs'
  | 'offbeat'
  | 'arpeggio'
  | 'power'
  | 'comping'
  | 'oom-pah';
export type Groove =
  | 'pop'
  | 'four-floor'
  | 'techno'
  | 'breakbeat'
  | 'boom-bap'
  | 'trap'
  | 'rock'
  | 'train'
  | 'ballad'
  | 'waltz'
  | 'swing'
  | 'funk'
  | 'one-drop'
  | 'bossa'
  | 'cinematic'
  | 'none';
export type Kit = 'acoustic' | 'electronic' | '808' | 'dusty' | 'orchestral';
export type Instrument =
  | 'pad'
  | 'strings'
  | 'organ'
  | 'piano'
  | 'electric piano'
  | 'acoustic guitar'
  | 'electric guitar'
  | 'distorted guitar'
  | 'pluck'
  | 'arp'
  | 'bells'
  | 'brass'
  | 'flute'
  | 'synth lead'
  | 'synth bass'
  | 'electric bass'
  | 'upright bass'
  | 'sub bass'
  | 'acid bass';

export interface Genre {
  name: string;
  keywords: RegExp;
  /** Beats a minute, lowest and highest. */
  tempo: readonly [number, number];
  modes: readonly Mode[];
  groove: Groove;
  kit: Kit;
  bass: BassStyle;
  chords: ChordStyle;
  instruments: readonly Instrument[];
  /** Late second eighths: 0 straight … 0.33 triplet. */
  swing?: number;
  sevenths?: boolean;
  /** Sidechain ducking under the kick, 0..1. */
  pumping?: number;
  beatsPerBar?: 3 | 4;
  reverbSeconds: number;
}
