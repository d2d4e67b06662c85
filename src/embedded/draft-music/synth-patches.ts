import type { Adsr } from '../sound/envelope.ts';
import type { WaveShape } from '../sound/wavetable.ts';

/** A subtractive synthesiser's settings. */
export interface Patch {
  oscillators: readonly { shape: WaveShape; octave: number; cents?: number; gain: number }[];
  /** Detuned copies of each oscillator, and how far apart the outer ones are. */
  unison: number;
  spreadCents: number;
  /** Low-pass at rest, how much the note's attack opens it (hertz), and how fast that falls. */
  cutoff: { hz: number; opensHz: number; fallsSeconds: number; resonance: number };
  amplitude: Adsr;
  vibrato?: { hz: number; cents: number; delaySeconds: number };
  /** Tanh drive: 0 none. */
  drive?: number;
  /** Part of breath noise. */
  breath?: number;
}

const saw = (octave: number, gain: number, cents = 0) => ({ shape: 'saw' as const, octave, gain, cents });
const square = (octave: number, gain: number) => ({ shape: 'square' as const, octave, gain });
const sine = (octave: number, gain: number) => ({ shape: 'sine' as const, octave, gain });
const triangle = (octave: number, gain: number) => ({ shape: 'triangle' as const, octave, gain });

export const patches = {
  pad: {
    oscillators: [saw(0, 0.7), triangle(-1, 0.5)],
    unison: 3,
    spreadCents: 22,
    cutoff: { hz: 3400, opensHz: 1600, fallsSeconds: 1.5, resonance: 0.15 },
    amplitude: { attack: 0.28, decay: 1.5, sustain: 0.8, release: 0.7 },
  },
  strings: {
    oscillators: [saw(0, 0.8), saw(0, 0.4, 5)],
    unison: 3,
    spreadCents: 16,
    cutoff: { hz: 4500, opensHz: 1200, fallsSeconds: 0.6, resonance: 0.1 },
    amplitude: { attack: 0.16, decay: 0.8, sustain: 0.85, release: 0.4 },
    vibrato: { hz: 5.3, cents: 11, delaySeconds: 0.35 },
  },
  organ: {
    oscillators: [sine(-1, 0.5), sine(0, 0.8), sine(1, 0.45), sine(2, 0.2), square(0, 0.08)],
    unison: 1,
    spreadCents: 0,
    cutoff: { hz: 6000, opensHz: 0, fallsSeconds: 1, resonance: 0 },
    amplitude: { attack: 0.008, decay: 0.1, sustain: 0.95, release: 0.06 },
    vibrato: { hz: 6.4, cents: 7, delaySeconds: 0.05 },
  },
  brass: {
    oscillators: [saw(0, 0.9), saw(0, 0.4, -6)],
    unison: 1,
    spreadCents: 0,
    cutoff: { hz: 900, opensHz: 3200, fallsSeconds: 0.7, resonance: 0.2 },
    amplitude: { attack: 0.045, decay: 0.4, sustain: 0.75, release: 0.14 },
    vibrato: { hz: 5, cents: 8, delaySeconds: 0.4 },
  },
  flute: {
    oscillators: [sine(0, 0.9), sine(1, 0.16), triangle(0, 0.2)],
    unison: 1,
    spreadCents: 0,
    cutoff: { hz: 5000, opensHz: 0, fallsSeconds: 1, resonance: 0 },
    amplitude: { attack: 0.06, decay: 0.3, sustain: 0.85, release: 0.14 },
    vibrato: { hz: 5.1, cents: 14, delaySeconds: 0.25 },
    breath: 0.05,
  },
  'synth lead': {
    oscillators: [saw(0, 0.7), square(0, 0.35)],
    unison: 3,
    spreadCents: 18,
    cutoff: { hz: 2600, opensHz: 3600, fallsSeconds: 0.35, resonance: 0.3 },
    amplitude: { attack: 0.008, decay: 0.3, sustain: 0.7, release: 0.16 },
    vibrato: { hz: 5.6, cents: 10, delaySeconds: 0.25 },
    drive: 0.6,
  },
  arp: {
    oscillators: [square(0, 0.5), saw(0, 0.4, 7)],
    unison: 1,
    spreadCents: 0,
    cutoff: { hz: 1100, opensHz: 4200, fallsSeconds: 0.14, resonance: 0.35 },
    amplitude: { attack: 0.003, decay: 0.22, sustain: 0.25, release: 0.12 },
  },
  'synth bass': {
    oscillators: [saw(0, 0.7), square(0, 0.35), sine(0, 0.5)],
    unison: 1,
    spreadCents: 0,
    cutoff: { hz: 650, opensHz: 2400, fallsSeconds: 0.16, resonance: 0.3 },
    amplitude: { attack: 0.003, decay: 0.3, sustain: 0.75, release: 0.06 },
    drive: 0.8,
  },
  'sub bass': {
    oscillators: [sine(0, 1), triangle(0, 0.3)],
    unison: 1,
    spreadCents: 0,
    cutoff: { hz: 700, opensHz: 300, fallsSeconds: 0.2, resonance: 0 },
    amplitude: { attack: 0.005, decay: 0.9, sustain: 0.7, release: 0.16 },
    drive: 1.2,
  },
  'acid bass': {
    oscillators: [saw(0, 1)],
    unison: 1,
    spreadCents: 0,
    cutoff: { hz: 260, opensHz: 2600, fallsSeconds: 0.18, resonance: 0.82 },
    amplitude: { attack: 0.003, decay: 0.25, sustain: 0.6, release: 0.05 },
    drive: 1.4,
  },
} as const satisfies Record<string, Patch>;

export type PatchName = keyof typeof patches;
