/** Fundamental frequency of one voice over a recording. */
export interface PitchTrack {
  /** Hertz of each voiced frame, in order of time; unvoiced frames are left out. */
  voicedHertz: number[];
  /** Frames looked at, voiced or not; one every 10 ms. */
  frames: number;
  /** Median of `voicedHertz`; null where nothing is voiced. */
  medianHertz: number | null;
}

/** Pitch of a speaking voice, from a low bass to a child. */
const hertzMin = 60;
const hertzMax = 500;
const hopSeconds = 0.01;
/** Below this, a frame's cumulative mean normalized difference counts as periodic (Cheveigné & Kawahara use 0.1 to 0.2). */
const periodicThreshold = 0.2;
/** A frame this many dB under the loudest one is taken for silence. */
const silenceDecibels = -35;

/** More samples a second than this cost time and tell nothing more about pitch. */
const sampleRateMax = 20_000;

/** Tracks the pitch of a mono voice with YIN (de Cheveigné & Kawahara 2002). @param sampleRate hertz, ≥ 8,000 */
export function trackPitch(samples: Float32Array, sampleRate: number): PitchTrack {
  if (sampleRate > sampleRateMax) return trackPitch(halve(samples), sampleRate / 2);
  const hop = Math.round(hopSeconds * sampleRate);
  const lagMax = Math.ceil(sampleRate / hertzMin);
  const window = lagMax + hop;
  const starts: number[] = [];
  for (let start = 0; start + window + lagMax < samples.length; start += hop) starts.push(start);
  const energies = starts.map((start) => energyOf(samples, start, window));
  const loudest = energies.reduce((most, energy) => Math.max(most, energy), 0);
  const floor = Math.max(loudest * 10 ** (silenceDecibels / 10), 1e-9);
  const voicedHertz: number[] = [];
  for (const [index, start] of starts.entries()) {
    if ((energies[index] ?? 0) < floor) continue;
    const lag = periodOf(samples, start, { window, lagMin: Math.floor(sampleRate / hertzMax), lagMax });
    if (lag !== null) voicedHertz.push(sampleRate / lag);
  }
  return { voicedHertz, frames: starts.length, medianHertz: median(voicedHertz) };
}

/** The middle value, or null of nothing. */
export function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}

function halve(samples: Float32Array): Float32Array {
  const half = new Float32Array(Math.floor(samples.length / 2));
  for (let i = 0; i < half.length; i++) half[i] = (samples[2 * i]! + samples[2 * i + 1]!) / 2;
  return half;
}

function energyOf(samples: Float32Array, start: number, length: number): number {
  let sum = 0;
  for (let i = start; i < start + length; i++) sum += samples[i]! ** 2;
  return sum / length;
}

/** Lag of the first deep dip of the normalized difference function, between samples by a parabola; null: aperiodic. */
function periodOf(
  samples: Float32Array,
  start: number,
  { window, lagMin, lagMax }: { window: number; lagMin: number; lagMax: number },
): number | null {
  const normalized = new Float64Array(lagMax + 1).fill(1);
  let sum = 0;
  for (let lag = 1; lag <= lagMax; lag++) {
    let difference = 0;
    for (let i = start; i < start + window; i++) difference += (samples[i]! - samples[i + lag]!) ** 2;
    sum += difference;
    normalized[lag] = sum > 0 ? (difference * lag) / sum : 1;
  }
  for (let lag = lagMin; lag < lagMax; lag++) {
    if (normalized[lag]! >= periodicThreshold) continue;
    while (lag + 1 < lagMax && normalized[lag + 1]! < normalized[lag]!) lag++;
    return lag + parabolaOffset(normalized[lag - 1]!, normalized[lag]!, normalized[lag + 1]!);
  }
  return null;
}

function parabolaOffset(before: number, at: number, after: number): number {
  const curvature = before - 2 * at + after;
  return curvature > 0 ? Math.max(-0.5, Math.min(0.5, (before - after) / (2 * curvature))) : 0;
}
