import { samplesIn, sampleRate, type StereoSignal } from './signal.ts';

const phases = 4;
const tapsPerSide = 6;

/** Windowed-sinc taps that read the signal `phase`/4 of a sample after a sample. */
const tapsByPhase = Array.from({ length: phases }, (_, phase) =>
  Float64Array.from({ length: tapsPerSide * 2 }, (__, tap) => {
    const distance = tap - (tapsPerSide - 1) - phase / phases;
    const sinc = distance === 0 ? 1 : Math.sin(Math.PI * distance) / (Math.PI * distance);
    return sinc * (0.5 + 0.5 * Math.cos((Math.PI * distance) / (tapsPerSide + 0.5)));
  }),
);

/** The largest absolute value between sample `at` and the next, read at four times the rate (true peak). */
function peakNear(signal: Float32Array, at: number): number {
  let peak = Math.abs(signal[at] ?? 0);
  for (let phase = 1; phase < phases; phase++) {
    const taps = tapsByPhase[phase];
    let value = 0;
    for (let tap = 0; taps && tap < taps.length; tap++) {
      value += (taps[tap] ?? 0) * (signal[at + tap - tapsPerSide + 1] ?? 0);
    }
    peak = Math.max(peak, Math.abs(value));
  }
  return peak;
}

export interface LimiterSettings {
  /** Amplitude that true peaks stay at or under. */
  ceiling: number;
  /** How long before a peak the sound begins to turn down. */
  lookaheadSeconds?: number;
  releaseSeconds?: number;
}

/** Keeps true peaks at or under a ceiling by turning the sound down smoothly before each and up again after. In place. */
export function limitTruePeaks(signal: StereoSignal, settings: LimiterSettings): void {
  const steps = limitInSteps(signal, settings);
  while (!steps.next().done);
}

/** {@link limitTruePeaks} in pieces of well under half a second's work, so that a caller can report between them. */
export function* limitInSteps(signal: StereoSignal, settings: LimiterSettings): Generator<void> {
  const length = signal.left.length;
  const gains = new Float32Array(length).fill(1);
  const pieceSamples = sampleRate * 20;
  for (let from = 0; from < length; from += pieceSamples) {
    const to = Math.min(length, from + pieceSamples);
    findPeaks(signal, gains, { from, to, ceiling: settings.ceiling });
    yield;
  }
  const window = Math.max(1, samplesIn(settings.lookaheadSeconds ?? 0.004));
  holdMinimum(gains, window, 1 - Math.exp(-1 / ((settings.releaseSeconds ?? 0.12) * sampleRate)));
  yield;
  applySmoothed(signal, gains, window);
}

/** Writes the gain that each peak over the ceiling needs. */
function findPeaks(
  { left, right }: StereoSignal,
  gains: Float32Array,
  range: { from: number; to: number; ceiling: number },
): void {
  const { ceiling } = range;
  // Between two samples of this level a band-limited signal stays under the ceiling in practice.
  const quiet = ceiling * 0.6;
  for (let i = range.from; i < range.to; i++) {
    if (Math.abs(left[i] ?? 0) < quiet && Math.abs(right[i] ?? 0) < quiet) continue;
    const peak = Math.max(peakNear(left, i), peakNear(right, i));
    if (peak > ceiling) gains[i] = ceiling / peak;
  }
}

/** Each gain becomes the least of itself and the next `window` gains, then rises by `releaseFactor`. In place. */
function holdMinimum(gains: Float32Array, window: number, releaseFactor: number): void {
  const length = gains.length;
  // Indices of rising gains, a ring: its head is the least of the window (a monotonic queue).
  const queue = new Int32Array(window + 2);
  let head = 0;
  let count = 0;
  let level = 1;
  for (let i = 0; i < length + window; i++) {
    if (i < length) {
      const own = gains[i] ?? 1;
      while (count > 0 && (gains[queue[(head + count - 1) % queue.length] ?? 0] ?? 1) >= own) count--;
      queue[(head + count) % queue.length] = i;
      count++;
    }
    const at = i - window;
    if (at < 0) continue;
    const least = gains[queue[head] ?? 0] ?? 1;
    if ((queue[head] ?? 0) <= at) {
      head = (head + 1) % queue.length;
      count--;
    }
    level = least < level ? least : level + (least - level) * releaseFactor;
    gains[at] = level;
  }
}

/** Multiplies by the mean of the last `window` gains: a straight ramp that arrives with the peak. */
function applySmoothed(signal: StereoSignal, gains: Float32Array, window: number): void {
  const { left, right } = signal;
  let sum = window;
  for (let i = 0; i < gains.length; i++) {
    sum += (gains[i] ?? 1) - (i >= window ? (gains[i - window] ?? 1) : 1);
    const gain = Math.min(1, sum / window);
    left[i] = (left[i] ?? 0) * gain;
    right[i] = (right[i] ?? 0) * gain;
  }
}
