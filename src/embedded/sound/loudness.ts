import { Biquad } from './biquad.ts';
import { sampleRate, type StereoSignal } from './signal.ts';

/** The K-weighting filters of ITU-R BS.1770-4, tables 1 and 2, which the standard gives for 48 kHz. */
const headFilter = {
  b0: 1.53512485958697,
  b1: -2.69169618940638,
  b2: 1.19839281085285,
  a1: -1.69065929318241,
  a2: 0.73248077421585,
};
const lowCutFilter = { b0: 1, b1: -2, b2: 1, a1: -1.99004745483398, a2: 0.99007225036621 };

const stepSamples = sampleRate / 10;
const stepsPerBlock = 4;

/**
 * Integrated loudness in LUFS by ITU-R BS.1770-4: 400 ms blocks, gated at −70 LUFS and 10 LU below the mean.
 * −∞ for silence or less than 400 ms.
 */
export function integratedLoudness(signal: StereoSignal): number {
  const left = stepEnergies(signal.left);
  const right = stepEnergies(signal.right);
  const blocks: number[] = [];
  for (let start = 0; start + stepsPerBlock <= left.length; start++) {
    let sum = 0;
    for (let i = start; i < start + stepsPerBlock; i++) sum += (left[i] ?? 0) + (right[i] ?? 0);
    blocks.push(sum / stepsPerBlock);
  }
  const audible = blocks.filter((energy) => loudnessOf(energy) > -70);
  const relativeGate = loudnessOf(mean(audible)) - 10;
  return loudnessOf(mean(audible.filter((energy) => loudnessOf(energy) > relativeGate)));
}

function loudnessOf(energy: number): number {
  return -0.691 + 10 * Math.log10(energy);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

/** Mean square of the K-weighted channel in each 100 ms. */
function stepEnergies(channel: Float32Array): number[] {
  const head = new Biquad(headFilter);
  const lowCut = new Biquad(lowCutFilter);
  const scratch = new Float32Array(stepSamples);
  const energies: number[] = [];
  for (let from = 0; from + stepSamples <= channel.length; from += stepSamples) {
    scratch.set(channel.subarray(from, from + stepSamples));
    head.process(scratch);
    lowCut.process(scratch);
    let sum = 0;
    for (let i = 0; i < stepSamples; i++) sum += (scratch[i] ?? 0) ** 2;
    energies.push(sum / stepSamples);
  }
  return energies;
}
