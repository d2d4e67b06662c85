import { sampleRate, samplesIn, type StereoSignal } from './signal.ts';

export interface ReverbSettings {
  /** Time to −60 dB. */
  decaySeconds: number;
  /** 0 (a cupboard) … 1 (a canyon): scales the distances between walls. */
  size: number;
  /** 0 (bright tiles) … 1 (heavy curtains). */
  damping: number;
  preDelaySeconds?: number;
  /** Delay lines: more sound denser and cost more. */
  lines?: 8 | 16;
}

/** Seconds of the delay lines at size 1: mutually prime-ish, so that their echoes don't coincide. */
const lineSeconds = [
  0.0312, 0.0371, 0.0411, 0.0437, 0.0533, 0.0617, 0.0673, 0.0797, 0.0353, 0.0469, 0.0571, 0.0641, 0.0719,
  0.0757, 0.0829, 0.0883,
];

/**
 * A room: a feedback delay network with a Hadamard matrix (J.-M. Jot and A. Chaigne, "Digital delay networks for
 * designing artificial reverberators", 1991) behind two all-pass diffusers. Keeps its memory from block to block.
 */
export class Reverb {
  private readonly lines: { buffer: Float32Array; at: number; gain: number; low: number }[];
  private readonly diffusers: { buffer: Float32Array; at: number }[];
  private readonly preDelay: { buffer: Float32Array; at: number };
  private readonly damping: number;
  private readonly heads: Float64Array;

  constructor(settings: ReverbSettings) {
    const scale = 0.35 + settings.size * 0.95;
    this.lines = lineSeconds.slice(0, settings.lines ?? 8).map((seconds) => {
      const buffer = new Float32Array(samplesIn(seconds * scale));
      const gain = 10 ** ((-3 * buffer.length) / sampleRate / settings.decaySeconds);
      return { buffer, at: 0, gain, low: 0 };
    });
    this.diffusers = [0.0047, 0.0113].map((seconds) => ({
      buffer: new Float32Array(samplesIn(seconds)),
      at: 0,
    }));
    this.preDelay = {
      buffer: new Float32Array(Math.max(1, samplesIn(settings.preDelaySeconds ?? 0.012))),
      at: 0,
    };
    this.damping = 0.08 + 0.62 * settings.damping;
    this.heads = new Float64Array(this.lines.length);
  }

  /** Adds the room's answer to `input` into `into` × `gain`, for samples `from` (included) to `to` (excluded). */
  process(input: Float32Array, into: StereoSignal, range: { from: number; to: number; gain: number }): void {
    const { lines, heads } = this;
    const count = lines.length;
    const mixing = 1 / Math.sqrt(count);
    const gain = range.gain * Math.sqrt(2 / count);
    for (let i = range.from; i < range.to; i++) {
      const entering = this.diffuse(input[i] ?? 0);
      let left = 0;
      let right = 0;
      for (let k = 0; k < count; k++) {
        const line = lines[k];
        if (!line) continue;
        line.low += ((line.buffer[line.at] ?? 0) - line.low) * (1 - this.damping);
        heads[k] = line.low * line.gain;
        if (k % 2 === 0) left += line.low;
        else right += line.low;
      }
      hadamard(heads);
      for (let k = 0; k < count; k++) {
        const line = lines[k];
        if (!line) continue;
        line.buffer[line.at] = entering + (heads[k] ?? 0) * mixing;
        line.at = line.at + 1 === line.buffer.length ? 0 : line.at + 1;
      }
      into.left[i] = (into.left[i] ?? 0) + left * gain;
      into.right[i] = (into.right[i] ?? 0) + right * gain;
    }
  }

  private diffuse(sample: number): number {
    let value = this.preDelay.buffer[this.preDelay.at] ?? 0;
    this.preDelay.buffer[this.preDelay.at] = sample;
    this.preDelay.at = (this.preDelay.at + 1) % this.preDelay.buffer.length;
    for (const diffuser of this.diffusers) {
      const delayed = diffuser.buffer[diffuser.at] ?? 0;
      const entering = value + delayed * 0.6;
      diffuser.buffer[diffuser.at] = entering;
      diffuser.at = (diffuser.at + 1) % diffuser.buffer.length;
      value = delayed - entering * 0.6;
    }
    return value;
  }
}

/** Fast Walsh–Hadamard transform in place; the length is a power of two. */
function hadamard(values: Float64Array): void {
  for (let half = 1; half < values.length; half *= 2) {
    for (let start = 0; start < values.length; start += half * 2) {
      for (let i = start; i < start + half; i++) {
        const a = values[i] ?? 0;
        const b = values[i + half] ?? 0;
        values[i] = a + b;
        values[i + half] = a - b;
      }
    }
  }
}
