import type { PingPongEcho } from '../sound/echo.ts';
import type { Reverb } from '../sound/reverb.ts';
import { addSignal, createStereo, gainOf, panGains, samplesIn, type StereoSignal } from '../sound/signal.ts';
import type { Channel } from './channels.ts';

/** Steps a second of the ducking curve. */
const duckingRate = 1000;

/** Sums notes into a stereo mix and two effect sends; `finish` adds the effects. */
export class MixingDesk {
  readonly mix: StereoSignal;
  private readonly roomSend: Float32Array;
  private readonly echoSend: Float32Array;
  private readonly ducking: Float32Array;

  /** @param options.kickSeconds when the kicks fall: what the pumping follows */
  constructor(options: { durationSeconds: number; kickSeconds: readonly number[]; pumping: number }) {
    const samples = samplesIn(options.durationSeconds);
    this.mix = createStereo(samples);
    this.roomSend = new Float32Array(samples);
    this.echoSend = new Float32Array(samples);
    this.ducking = duckingCurve(options);
  }

  /** Puts one signal through a channel: level, ducking, pan, sends. */
  add(
    signal: Float32Array,
    channel: Channel,
    place: { seconds: number; velocity: number; pan?: number },
  ): void {
    const at = samplesIn(place.seconds);
    const ready = channel.ducked ? this.duck(signal, at, channel.ducked) : signal;
    const gain = gainOf(channel.decibels) * place.velocity;
    const pan = panGains(place.pan ?? channel.pan);
    addSignal({ from: ready, into: this.mix.left, at, gain: gain * pan.left });
    addSignal({ from: ready, into: this.mix.right, at, gain: gain * pan.right });
    if (channel.reverb !== undefined) {
      addSignal({ from: ready, into: this.roomSend, at, gain: gain * gainOf(channel.reverb) });
    }
    if (channel.echo !== undefined) {
      addSignal({ from: ready, into: this.echoSend, at, gain: gain * gainOf(channel.echo) });
    }
  }

  private duck(signal: Float32Array, at: number, amount: number): Float32Array {
    const ducked = new Float32Array(signal.length);
    const samplesPerStep = samplesIn(1 / duckingRate);
    for (let i = 0; i < signal.length; i++) {
      const position = (at + i) / samplesPerStep;
      const step = Math.floor(position);
      const from = this.ducking[step] ?? 1;
      const gain = from + ((this.ducking[step + 1] ?? from) - from) * (position - step);
      ducked[i] = (signal[i] ?? 0) * (1 - amount * (1 - gain));
    }
    return ducked;
  }

  /** Adds room and echo; `afterSecond` is told how far it is and is awaited. */
  async finish(options: {
    reverb: Reverb;
    echo: PingPongEcho;
    afterStep: (fraction: number) => Promise<void>;
  }): Promise<StereoSignal> {
    const samples = this.mix.left.length;
    const step = samplesIn(4);
    for (let from = 0; from < samples; from += step) {
      const to = Math.min(samples, from + step);
      options.echo.process(this.echoSend, this.mix, { from, to, gain: 1 });
      options.reverb.process(this.roomSend, this.mix, { from, to, gain: 1 });
      await options.afterStep(to / samples);
    }
    return this.mix;
  }
}

/** 1 between kicks; down by `pumping` at each kick and back within a third of a second. */
function duckingCurve(options: {
  durationSeconds: number;
  kickSeconds: readonly number[];
  pumping: number;
}): Float32Array {
  const curve = new Float32Array(Math.ceil(options.durationSeconds * duckingRate) + 2).fill(1);
  const recovery = 0.33 * duckingRate;
  for (const kick of options.kickSeconds) {
    const start = Math.round(kick * duckingRate);
    for (let i = -4; i < recovery; i++) {
      const depth = i < 0 ? (i + 5) / 5 : (1 - i / recovery) ** 2;
      const at = start + i;
      if (at >= 0 && at < curve.length) curve[at] = Math.min(curve[at] ?? 1, 1 - options.pumping * depth);
    }
  }
  return curve;
}
