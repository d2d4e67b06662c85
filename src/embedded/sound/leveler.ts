import { sampleRate } from './signal.ts';

/**
 * Evens out loud and soft, in place: divides by the signal's own running level to the power `ratio`
 * (0 leaves all as it is, 1 makes all equally loud). Silence stays silence.
 * @param options.seconds how fast the level is followed
 */
export function level(signal: Float32Array, options: { ratio: number; seconds: number }): void {
  const follow = 1 - Math.exp(-1 / (options.seconds * sampleRate));
  let peak = 0;
  for (let i = 0; i < signal.length; i++) peak = Math.max(peak, Math.abs(signal[i] ?? 0));
  const floor = peak * 0.03;
  // Starts from the level of the first moments, so that the first note is not louder than the rest.
  let running = peak * peak * 0.1;
  for (let i = 0; i < signal.length; i++) {
    const value = signal[i] ?? 0;
    running += (value * value - running) * follow;
    signal[i] = value * (Math.sqrt(running) + floor) ** -options.ratio;
  }
}
