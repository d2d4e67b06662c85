import { hopSeconds, melBands, type MelSpectrogram } from './spectra.ts';

export interface Segment {
  startSeconds: number;
  endSeconds: number;
}

/** Where somebody or something is heard. */
export interface Activity {
  /** 0 (quiet) to 1 (sound) of each frame. */
  level: Float32Array;
  segments: Segment[];
}

/** What is known of a recording before its words are looked for. */
export interface Heard {
  mel: MelSpectrogram;
  activity: Activity;
  durationSeconds: number;
}

/** Bands of roughly 250 Hz to 4 kHz, where speech has its energy; hum and hiss have not. */
const speechBandFirst = 4;
const speechBandLast = 24;
/** A quieter recording than this (log power) is silence all through. */
const silenceLogPower = -9;
const joinSeconds = 0.25;
const segmentSecondsMin = 0.08;

/**
 * Finds what stands out from a recording's background: the threshold lies between its quiet (5th percentile) and
 * its loud (95th) log power in the band of speech. Music under or instead of speech counts as sound too.
 */
export function detectActivity(mel: MelSpectrogram): Activity {
  const power = smooth(bandPower(mel), 2);
  const sorted = power.toSorted();
  const quiet = sorted[Math.floor(0.05 * sorted.length)] ?? 0;
  const loud = sorted[Math.floor(0.95 * sorted.length)] ?? 0;
  const level = new Float32Array(mel.frames);
  if (loud < silenceLogPower) return { level, segments: [] };
  // At least 8 natural-log units (35 dB) under the loud parts, or a third of the way up from the background.
  const threshold = Math.max(loud - 7, quiet + Math.min(2.5, (loud - quiet) / 3));
  for (let t = 0; t < mel.frames; t++) level[t] = 1 / (1 + Math.exp(-2 * (power[t]! - threshold)));
  return { level, segments: findSegments(level) };
}

function bandPower(mel: MelSpectrogram): Float32Array {
  return Float32Array.from({ length: mel.frames }, (_, t) => {
    let sum = 0;
    for (let b = speechBandFirst; b <= speechBandLast; b++) sum += mel.values[t * melBands + b]!;
    return sum / (speechBandLast - speechBandFirst + 1);
  });
}

function smooth(values: Float32Array, reach: number): Float32Array {
  return values.map((_, t) => {
    const first = Math.max(0, t - reach);
    const last = Math.min(values.length - 1, t + reach);
    let sum = 0;
    for (let i = first; i <= last; i++) sum += values[i]!;
    return sum / (last - first + 1);
  });
}

function findSegments(level: Float32Array): Segment[] {
  const segments: Segment[] = [];
  for (const [t, value] of level.entries()) {
    if (value < 0.5) continue;
    const startSeconds = t * hopSeconds;
    const current = segments.at(-1);
    if (current && startSeconds - current.endSeconds < joinSeconds)
      current.endSeconds = startSeconds + hopSeconds;
    else segments.push({ startSeconds, endSeconds: startSeconds + hopSeconds });
  }
  return segments.filter((segment) => segment.endSeconds - segment.startSeconds >= segmentSecondsMin);
}
