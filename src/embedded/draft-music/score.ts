import type { Instrument } from './genre.ts';
import type { Syllable } from './syllables.ts';

export type Drum =
  | 'kick'
  | 'snare'
  | 'clap'
  | 'rim'
  | 'hat'
  | 'open hat'
  | 'ride'
  | 'shaker'
  | 'low tom'
  | 'high tom'
  | 'crash'
  | 'riser'
  | 'boom';

/** Times in seconds from the song's start; pitches are MIDI numbers; velocity 0..1. */
export interface Note {
  instrument: Instrument;
  startSeconds: number;
  seconds: number;
  pitch: number;
  velocity: number;
}

export interface DrumHit {
  drum: Drum;
  startSeconds: number;
  velocity: number;
}

export interface SungNote {
  startSeconds: number;
  seconds: number;
  pitch: number;
  syllable: Syllable;
}

/** One lyric line, sung in a breath. */
export interface Phrase {
  notes: SungNote[];
  velocity: number;
  /** Sung by a second voice as well, and higher. */
  doubled: boolean;
}

/** What one section adds to the song. */
export interface SectionScore {
  label: string;
  startSeconds: number;
  endSeconds: number;
  notes: Note[];
  drums: DrumHit[];
  phrases: Phrase[];
}
