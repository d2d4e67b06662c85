import { fadeEnds, sampleRate, samplesIn } from './signal.ts';
import { whiteNoise } from './noise.ts';

/**
 * A plucked string: Karplus–Strong with the tuning all-pass and pick position of D. Jaffe and J. Smith,
 * "Extensions of the Karplus-Strong Plucked-String Algorithm" (1983).
 * @param options.decaySeconds time to −60 dB of the fundamental
 * @param options.brightness 0 (felt) … 1 (steel)
 */
export function pluckedString(options: {
  frequencyHz: number;
  seconds: number;
  decaySeconds: number;
  brightness: number;
  random: () => number;
}): Float32Array {
  const { frequencyHz, brightness } = options;
  const out = new Float32Array(samplesIn(options.seconds));
  // The loop's average of neighbours delays by `blend` samples; the all-pass adds the fraction that is left.
  const blend = 0.5 - 0.4 * brightness;
  const period = sampleRate / frequencyHz - blend;
  const length = Math.max(2, Math.floor(period - 0.1));
  const fraction = period - length;
  const allPass = (1 - fraction) / (1 + fraction);
  const loss = 10 ** (-3 / (frequencyHz * options.decaySeconds));
  const line = excitation(length, brightness, options.random);
  let previous = 0;
  let passIn = 0;
  let passOut = 0;
  for (let i = 0, at = 0; i < out.length; i++) {
    const value = line[at] ?? 0;
    out[i] = value;
    const averaged = loss * ((1 - blend) * value + blend * previous);
    previous = value;
    passOut = allPass * (averaged - passOut) + passIn;
    passIn = averaged;
    line[at] = passOut;
    at = at + 1 === length ? 0 : at + 1;
  }
  fadeEnds(out, { inSeconds: 0.001, outSeconds: Math.min(0.05, options.seconds / 4) });
  return out;
}

/** A noise burst, softened by `brightness`, combed as by a pick at a fifth of the string, without DC. */
function excitation(length: number, brightness: number, random: () => number): Float32Array {
  const burst = whiteNoise(length, random);
  let smooth = 0;
  const pole = 0.75 * (1 - brightness);
  for (let i = 0; i < length; i++) {
    smooth = (1 - pole) * (burst[i] ?? 0) + pole * smooth;
    burst[i] = smooth;
  }
  const pick = Math.max(1, Math.round(length / 5));
  const combed = burst.map((value, i) => value - 0.8 * (burst[(i + length - pick) % length] ?? 0));
  const mean = combed.reduce((sum, value) => sum + value, 0) / length;
  return combed.map((value) => value - mean);
}
