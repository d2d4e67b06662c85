import { addSignal, samplesIn } from '../sound/signal.ts';

/**
 * Scatters short sounds over a signal at random times (a Poisson process): drops, crackles, hands, leaves.
 * @param options.perSecond mean number; may follow the time
 * @param options.make one grain; `loudness` is drawn with many quiet grains and few loud ones
 */
export function scatterGrains(
  signal: Float32Array,
  options: {
    perSecond: number | ((seconds: number) => number);
    random: () => number;
    make: (random: () => number) => Float32Array;
    /** Grains made; each is used many times. */
    kinds?: number;
  },
): void {
  const { random, perSecond } = options;
  const kinds = Array.from({ length: options.kinds ?? 24 }, () => options.make(random));
  const rateAt = typeof perSecond === 'number' ? () => perSecond : perSecond;
  const length = signal.length;
  const second = samplesIn(1);
  for (let at = 0; at < length;) {
    const rate = Math.max(0.05, rateAt(at / second));
    at += Math.max(1, Math.round((-Math.log(1 - random()) / rate) * second));
    const grain = kinds[Math.floor(random() * kinds.length)];
    if (!grain || at >= length) continue;
    addSignal({ from: grain, into: signal, at, gain: 0.08 + 0.92 * random() ** 3 });
  }
}
