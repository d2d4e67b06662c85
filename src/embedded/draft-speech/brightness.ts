import { createRealFft, hannWindow } from '../../media/fft.ts';

const frameLength = 512;

/**
 * How bright a voice is: energy between 2 and 6 kHz over energy between 200 Hz and 2 kHz, in decibels, over the
 * louder half of the frames, where the voice is. The tilt of its formants, in one number.
 * @param sampleRate at least 16,000 Hz
 */
export function brightnessDecibels(samples: Float32Array, sampleRate: number): number {
  const fft = createRealFft(frameLength);
  const window = hannWindow(frameLength);
  const power = new Float64Array(fft.bins);
  const frame = new Float64Array(frameLength);
  const bands: { low: number; high: number }[] = [];
  const bin = (hertz: number) => Math.round((hertz * frameLength) / sampleRate);
  for (let start = 0; start + frameLength <= samples.length; start += frameLength / 2) {
    for (let i = 0; i < frameLength; i++) frame[i] = samples[start + i]! * window[i]!;
    fft.transform(frame);
    fft.power(power);
    bands.push({ low: sum(power, bin(200), bin(2000)), high: sum(power, bin(2000), bin(6000)) });
  }
  const louder = bands.sort((a, b) => b.low - a.low).slice(0, Math.ceil(bands.length / 2));
  const low = louder.reduce((total, band) => total + band.low, 1e-9);
  const high = louder.reduce((total, band) => total + band.high, 1e-9);
  return 10 * Math.log10(high / low);
}

function sum(values: Float64Array, from: number, to: number): number {
  let total = 0;
  for (let i = from; i < to; i++) total += values[i]!;
  return total;
}
