import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { createFft, createRealFft, hannWindow } from './fft.ts';

function naiveSpectrum(samples: ArrayLike<number>) {
  const length = samples.length;
  const real = new Float64Array(length);
  const imaginary = new Float64Array(length);
  for (let k = 0; k < length; k++) {
    for (let n = 0; n < length; n++) {
      const angle = (-2 * Math.PI * k * n) / length;
      real[k]! += samples[n]! * Math.cos(angle);
      imaginary[k]! += samples[n]! * Math.sin(angle);
    }
  }
  return { real, imaginary };
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i]! - b[i]!));
  return largest;
}

const samples = (length: number) =>
  fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: length, maxLength: length });
const frames = fc.constantFrom(4, 8, 32, 256).chain(samples);

describe('fft', () => {
  test('a real frame has the spectrum of the naive transform', () => {
    fc.assert(
      fc.property(frames, (frame) => {
        const fft = createRealFft(frame.length);
        fft.transform(Float64Array.from(frame));
        const naive = naiveSpectrum(frame);
        expect(largestDifference(fft.real, naive.real)).toBeLessThan(1e-10);
        expect(largestDifference(fft.imaginary, naive.imaginary)).toBeLessThan(1e-10);
      }),
      { numRuns: 40 },
    );
  });

  test('the inverse transform undoes the forward one', () => {
    fc.assert(
      fc.property(frames, (frame) => {
        const real = Float64Array.from(frame);
        const imaginary = Float64Array.from(frame, (value) => value * value);
        const fft = createFft(frame.length);
        fft.forward(real, imaginary);
        fft.inverse(real, imaginary);
        expect(largestDifference(real, frame)).toBeLessThan(1e-12);
        expect(
          largestDifference(
            imaginary,
            frame.map((value) => value * value),
          ),
        ).toBeLessThan(1e-12);
      }),
      { numRuns: 40 },
    );
  });

  test('a sine peaks in its own bin with power (N/2)²', () => {
    const frame = Float32Array.from({ length: 1024 }, (_, n) => Math.sin((2 * Math.PI * 50 * n) / 1024));
    const fft = createRealFft(1024);
    const power = new Float64Array(fft.bins);
    fft.transform(frame);
    fft.power(power);
    expect(power.indexOf(Math.max(...power))).toBe(50);
    expect(power[50]).toBeCloseTo(512 ** 2, 0);
  });

  test('a short frame is padded with zeros, whatever came before', () => {
    const fft = createRealFft(8);
    fft.transform(Float32Array.of(9, 9, 9, 9, 9, 9, 9, 9));
    fft.transform(Float32Array.of(1));
    expect([...fft.real]).toEqual([1, 1, 1, 1, 1]);
  });

  test('half-overlapped Hann windows add up to one', () => {
    const window = hannWindow(16);
    for (let n = 0; n < 8; n++) expect(window[n]! + window[n + 8]!).toBeCloseTo(1, 12);
  });

  test('other lengths than powers of two are refused', () => {
    for (const length of [0, 1, 3, 12, 2.5]) expect(() => createFft(length)).toThrow(RangeError);
  });
});
