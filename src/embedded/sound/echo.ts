import { samplesIn, type StereoSignal } from './signal.ts';

/** An echo that bounces between left and right and darkens with each bounce. Keeps its memory between blocks. */
export class PingPongEcho {
  private readonly left: Float32Array;
  private readonly right: Float32Array;
  private at = 0;
  private lowLeft = 0;
  private lowRight = 0;

  /** @param settings.feedback part of each bounce that comes back, 0..0.95 */
  constructor(private readonly settings: { delaySeconds: number; feedback: number; damping: number }) {
    const samples = Math.max(1, samplesIn(settings.delaySeconds));
    this.left = new Float32Array(samples);
    this.right = new Float32Array(samples);
  }

  /** Adds the echoes of `input` into `into` × `gain`, for samples `from` (included) to `to` (excluded). */
  process(input: Float32Array, into: StereoSignal, range: { from: number; to: number; gain: number }): void {
    const { feedback, damping } = this.settings;
    const { left, right } = this;
    for (let i = range.from; i < range.to; i++) {
      const outLeft = left[this.at] ?? 0;
      const outRight = right[this.at] ?? 0;
      this.lowLeft += (outLeft - this.lowLeft) * (1 - damping);
      this.lowRight += (outRight - this.lowRight) * (1 - damping);
      left[this.at] = (input[i] ?? 0) + this.lowRight * feedback;
      right[this.at] = this.lowLeft;
      this.at = this.at + 1 === left.length ? 0 : this.at + 1;
      into.left[i] = (into.left[i] ?? 0) + outLeft * range.gain;
      into.right[i] = (into.right[i] ?? 0) + outRight * range.gain;
    }
  }
}
