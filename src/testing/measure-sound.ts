import { sampleRate } from '../embedded/sound/signal.ts';

/**
 * Power of a signal in `bins` equal bands from 0 to half the sample rate, by DFT of consecutive Hann-windowed
 * frames of 2 × `bins` samples, summed.
 */
export function powerSpectrum(signal: Float32Array, bins = 1024): Float64Array {
  const size = bins * 2;
  const power = new Float64Array(bins);
  const re = new Float64Array(size);
  const im = new Float64Array(size);
  for (let start = 0; start + size <= signal.length; start += size) {
    for (let i = 0; i < size; i++) {
      re[i] = (signal[start + i] ?? 0) * (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size));
      im[i] = 0;
    }
    fastFourier(re, im);
    for (let bin = 0; bin < bins; bin++) {
      power[bin] = (power[bin] ?? 0) + (re[bin] ?? 0) ** 2 + (im[bin] ?? 0) ** 2;
    }
  }
  return power;
}

/** Part of the power between two frequencies, 0..1. */
export function bandShare(power: Float64Array, fromHz: number, toHz: number): number {
  const binHz = sampleRate / 2 / power.length;
  const total = power.reduce((sum, value) => sum + value, 0);
  const band = power.reduce((sum, value, bin) => {
    const hz = bin * binHz;
    return hz >= fromHz && hz < toHz ? sum + value : sum;
  }, 0);
  return band / total;
}

/** Spectral flatness between two frequencies: near 0 for tones, towards 1 for noise (geometric over arithmetic mean). */
export function spectralFlatness(power: Float64Array, fromHz: number, toHz: number): number {
  const binHz = sampleRate / 2 / power.length;
  const band = power.slice(Math.ceil(fromHz / binHz), Math.floor(toHz / binHz));
  const logMean = band.reduce((sum, value) => sum + Math.log(value + 1e-12), 0) / band.length;
  return Math.exp(logMean) / (band.reduce((sum, value) => sum + value, 0) / band.length + 1e-12);
}

/** Root mean square of each `stepSeconds`. */
export function levels(signal: Float32Array, stepSeconds: number): number[] {
  const step = Math.max(1, Math.round(stepSeconds * sampleRate));
  const found: number[] = [];
  for (let from = 0; from + step <= signal.length; from += step) {
    let sum = 0;
    for (let i = from; i < from + step; i++) sum += (signal[i] ?? 0) ** 2;
    found.push(Math.sqrt(sum / step));
  }
  return found;
}

/** In-place radix-2 Cooley–Tukey transform; the length is a power of two. */
function fastFourier(re: Float64Array, im: Float64Array): void {
  const size = re.length;
  for (let i = 1, j = 0; i < size; i++) {
    let bit = size >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [re[i], re[j]] = [re[j] ?? 0, re[i] ?? 0];
      [im[i], im[j]] = [im[j] ?? 0, im[i] ?? 0];
    }
  }
  for (let half = 1; half < size; half *= 2) {
    const step = -Math.PI / half;
    for (let start = 0; start < size; start += half * 2) {
      for (let k = 0; k < half; k++) {
        const [c, s] = [Math.cos(step * k), Math.sin(step * k)];
        const [a, b] = [start + k, start + k + half];
        const x = (re[b] ?? 0) * c - (im[b] ?? 0) * s;
        const y = (re[b] ?? 0) * s + (im[b] ?? 0) * c;
        re[b] = (re[a] ?? 0) - x;
        im[b] = (im[a] ?? 0) - y;
        re[a] = (re[a] ?? 0) + x;
        im[a] = (im[a] ?? 0) + y;
      }
    }
  }
}
