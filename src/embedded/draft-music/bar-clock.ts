import type { Form } from './form.ts';
import type { Style } from './style.ts';

/** Turns bars and beats into seconds, with the style's swing and a player's small unevenness. */
export interface BarClock {
  beatSeconds: number;
  beatsPerBar: number;
  /** Seconds of `beat` (may be fractional) in `bar`, on the grid but swung. */
  at(bar: number, beat: number): number;
}

export function createBarClock(form: Form, style: Style): BarClock {
  const beatSeconds = 60 / style.tempoBpm;
  return {
    beatSeconds,
    beatsPerBar: style.beatsPerBar,
    at: (bar, beat) => bar * form.barSeconds + swung(beat, style.swing) * beatSeconds,
  };
}

/** Moves the off-beat eighth late by half of `swing` of a beat, and what lies around it in proportion. */
function swung(beat: number, swing: number): number {
  const whole = Math.floor(beat);
  const part = beat - whole;
  const middle = 0.5 + swing / 2;
  return whole + (part < 0.5 ? part * 2 * middle : middle + (part - 0.5) * 2 * (1 - middle));
}

/** About ± `spreadSeconds`, bell-shaped. */
export function humanise(random: () => number, spreadSeconds: number): number {
  return (random() + random() + random() - 1.5) * spreadSeconds;
}
