import type { Instrument } from './genre.ts';
import type { Drum } from './score.ts';

/** A strip of the mixing desk. */
export interface Channel {
  /** Level of a full-velocity note. */
  decibels: number;
  /** −1 left … 1 right. */
  pan: number;
  /** Two takes, one on each side, instead of one in the middle. */
  wide?: boolean;
  /** Decibels sent to the room and to the echo; absent: none. */
  reverb?: number;
  echo?: number;
  /** How much of the style's pumping it takes, 0..1. */
  ducked?: number;
}

export const instrumentChannels: Record<Instrument, Channel> = {
  pad: { decibels: -21, pan: 0, wide: true, reverb: -10, ducked: 1 },
  strings: { decibels: -20, pan: 0, wide: true, reverb: -8, ducked: 0.6 },
  organ: { decibels: -23, pan: 0.2, reverb: -14, ducked: 0.6 },
  piano: { decibels: -11, pan: -0.12, reverb: -13, ducked: 0.4 },
  'electric piano': { decibels: -16, pan: 0.15, reverb: -13, echo: -22, ducked: 0.6 },
  'acoustic guitar': { decibels: -13, pan: 0.3, reverb: -14 },
  'electric guitar': { decibels: -12, pan: -0.35, reverb: -13, echo: -20 },
  'distorted guitar': { decibels: -20, pan: 0, wide: true, reverb: -20 },
  pluck: { decibels: -9, pan: -0.25, reverb: -12, echo: -14, ducked: 0.5 },
  arp: { decibels: -15, pan: 0.3, reverb: -13, echo: -12, ducked: 0.8 },
  bells: { decibels: -21, pan: -0.3, reverb: -8, echo: -14 },
  brass: { decibels: -19, pan: 0.25, reverb: -12 },
  flute: { decibels: -15, pan: 0.1, reverb: -10 },
  'synth lead': { decibels: -15, pan: 0, wide: true, reverb: -13, echo: -13, ducked: 0.4 },
  'synth bass': { decibels: -13, pan: 0, ducked: 0.9 },
  'electric bass': { decibels: -9, pan: 0, ducked: 0.3 },
  'upright bass': { decibels: -8, pan: 0, reverb: -26 },
  'sub bass': { decibels: -14, pan: 0, ducked: 0.9 },
  'acid bass': { decibels: -14, pan: 0, echo: -24, ducked: 0.7 },
};

export const drumChannels: Record<Drum, Channel> = {
  kick: { decibels: -3, pan: 0 },
  snare: { decibels: -5, pan: 0.05, reverb: -16 },
  clap: { decibels: -7, pan: -0.05, reverb: -14 },
  rim: { decibels: -12, pan: 0.15, reverb: -15 },
  hat: { decibels: -17, pan: 0.28 },
  'open hat': { decibels: -18, pan: 0.28 },
  ride: { decibels: -21, pan: -0.3, reverb: -20 },
  shaker: { decibels: -19, pan: -0.32 },
  'low tom': { decibels: -8, pan: 0.3, reverb: -15 },
  'high tom': { decibels: -9, pan: -0.25, reverb: -15 },
  crash: { decibels: -16, pan: -0.2, reverb: -12 },
  riser: { decibels: -22, pan: 0, reverb: -10, echo: -16 },
  boom: { decibels: -7, pan: 0, reverb: -14 },
};

export const voiceChannel: Channel = { decibels: -10, pan: 0, reverb: -14, echo: -21 };
export const backingVoiceChannel: Channel = { decibels: -17, pan: 0.55, reverb: -11, echo: -24 };
