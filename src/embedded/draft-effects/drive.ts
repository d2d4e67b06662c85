/** Pushes a signal into soft saturation, in place: peaks end up near ±1. */
export function drive(signal: Float32Array, amount: number): void {
  for (let i = 0; i < signal.length; i++) signal[i] = Math.tanh((signal[i] ?? 0) * amount);
}
