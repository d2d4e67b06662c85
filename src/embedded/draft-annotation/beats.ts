import type { AnnotatedBeats } from '../../media/annotation.ts';
import type { OnsetStrength } from './onset-strength.ts';
import { hopSeconds } from './spectra.ts';

const slowestBpm = 55;
const fastestBpm = 215;
/**
 * Where a pulse and half of it fit equally well, the one nearer to this wins, in octaves. 70 to 180 beats a minute
 * are told as they are: 180 is just nearer to it than 90.
 */
const usualBpm = 128;
const octavesSpread = 1;
const combTeeth = 4;
/** How much an uneven beat costs (Ellis 2007: 100 to 680). */
const tightness = 200;
/** Speech and noise reach 0.06, clicks and drums 0.9. */
const confidenceMin = 0.07;

/** Finds tempo and beats of a recording. Speech and silence get a low confidence, or no beats at all. */
export function trackBeats(onsets: OnsetStrength): AnnotatedBeats {
  const estimate = estimateTempo(onsets.all);
  if (!estimate || estimate.confidence < confidenceMin) {
    return { tempoBpm: null, confidence: 0, timesSeconds: [] };
  }
  const frames = chooseBeats(onsets.all, estimate.periodFrames);
  const downbeatIndices = findDownbeats(onsets.low, frames);
  return {
    tempoBpm: round(60 / (typicalPeriod(frames, estimate.periodFrames) * hopSeconds), 2),
    confidence: round(estimate.confidence, 3),
    timesSeconds: frames.map((frame) => round(frame * hopSeconds, 3)),
    ...(downbeatIndices ? { downbeatIndices } : {}),
  };
}

/** The period whose first four multiples have the highest mean autocorrelation, weighted by how usual it is. */
function estimateTempo(envelope: Float32Array): { periodFrames: number; confidence: number } | null {
  const lagMax = Math.ceil((combTeeth * 60) / slowestBpm / hopSeconds) + 1;
  if (envelope.length < lagMax) return null;
  const autocorrelation = autocorrelate(smooth(envelope), lagMax);
  const power = autocorrelation[0] ?? 0;
  if (power <= 1e-9) return null;
  let best = { periodFrames: 0, confidence: 0, score: 0 };
  for (let bpm = slowestBpm; bpm <= fastestBpm; bpm *= 1.002) {
    const periodFrames = 60 / bpm / hopSeconds;
    let comb = 0;
    for (let tooth = 1; tooth <= combTeeth; tooth++) {
      comb += interpolate(autocorrelation, tooth * periodFrames) / combTeeth;
    }
    const usual = Math.exp(-0.5 * (Math.log2(bpm / usualBpm) / octavesSpread) ** 2);
    const confidence = Math.min(1, Math.max(0, comb / power));
    if (comb * usual > best.score) best = { periodFrames, confidence, score: comb * usual };
  }
  return best.score > 0 ? best : null;
}

/** A few frames wide, so that a beat that is early or late by 10 ms still counts. */
function smooth(envelope: Float32Array): Float32Array {
  const kernel = [0.06, 0.24, 0.4, 0.24, 0.06];
  return envelope.map((_, t) =>
    kernel.reduce((sum, weight, k) => sum + weight * (envelope[t + k - 2] ?? 0), 0),
  );
}

/** About the mean, per overlapping frame. */
function autocorrelate(envelope: Float32Array, lagMax: number): Float64Array {
  const mean = envelope.reduce((sum, value) => sum + value, 0) / envelope.length;
  return Float64Array.from({ length: lagMax + 1 }, (_, lag) => {
    let sum = 0;
    for (let t = lag; t < envelope.length; t++) sum += (envelope[t]! - mean) * (envelope[t - lag]! - mean);
    return sum / (envelope.length - lag);
  });
}

function interpolate(values: Float64Array, at: number): number {
  const left = Math.floor(at);
  return values[left]! + ((values[left + 1] ?? 0) - values[left]!) * (at - left);
}

/** Dynamic programming over all ways to place beats: strong onsets at even distances (Ellis 2007, §2). */
function chooseBeats(envelope: Float32Array, period: number): number[] {
  const smoothed = smooth(envelope);
  const power = smoothed.reduce((sum, value) => sum + value * value, 0) / smoothed.length;
  const scale = 1 / Math.sqrt(Math.max(power, 1e-12));
  const score = new Float64Array(envelope.length);
  const previous = new Int32Array(envelope.length).fill(-1);
  for (let t = 0; t < envelope.length; t++) {
    let best = 0;
    for (let gap = Math.round(period / 2); gap <= Math.round(2 * period) && gap <= t; gap++) {
      const candidate = score[t - gap]! - tightness * Math.log(gap / period) ** 2;
      if (candidate <= best) continue;
      best = candidate;
      previous[t] = t - gap;
    }
    score[t] = best + smoothed[t]! * scale;
  }
  return traceBeats(score, previous, period);
}

/** The best last beat lies in the last period in which one can be. */
function traceBeats(score: Float64Array, previous: Int32Array, period: number): number[] {
  let last = score.length - 1;
  for (let t = score.length - 1; t >= Math.max(0, score.length - period); t--) {
    if (score[t]! > score[last]!) last = t;
  }
  const beats: number[] = [];
  for (let t = last; t >= 0; t = previous[t]!) beats.push(t);
  return beats.reverse();
}

/** Slope of the beats' times over their numbers by least squares; of most beats the mean distance, but steadier. */
function typicalPeriod(beats: readonly number[], fallback: number): number {
  if (beats.length < 4) return fallback;
  const middle = (beats.length - 1) / 2;
  let [above, below] = [0, 0];
  for (const [number, frame] of beats.entries()) {
    above += (number - middle) * frame;
    below += (number - middle) ** 2;
  }
  return above / below;
}

/** The one of four phases with the most new low sound, where it has clearly more than the others have. */
function findDownbeats(low: Float32Array, beats: readonly number[]): number[] | null {
  if (beats.length < 12) return null;
  const phases = [0, 0, 0, 0];
  for (const [number, frame] of beats.entries()) {
    const around = low.subarray(Math.max(0, frame - 3), frame + 4);
    phases[number % 4]! += around.reduce((most, value) => Math.max(most, value), 0);
  }
  const best = phases.indexOf(Math.max(...phases));
  const others = phases.reduce((sum, value, phase) => (phase === best ? sum : sum + value), 0) / 3;
  if (phases[best]! < 1.2 * others || phases[best] === 0) return null;
  return beats.flatMap((_, number) => (number % 4 === best ? [number] : []));
}

export function round(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}
