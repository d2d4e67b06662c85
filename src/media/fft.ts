/**
 * A fast Fourier transform of one fixed length: tables are made once, then used for any number of frames.
 * Radix-2, decimation in time (Cooley & Tukey 1965), in place on split real and imaginary parts.
 */
export interface Fft {
  readonly length: number;
  /** Forward transform in place: X[k] = Σ x[n]·e^(−2πikn/N), without scaling. */
  forward(real: Float64Array, imaginary: Float64Array): void;
  /** Inverse transform in place, scaled by 1/N, so that it undoes `forward`. */
  inverse(real: Float64Array, imaginary: Float64Array): void;
}

/** @param length samples in a frame, a power of two ≥ 2. @throws RangeError for any other length */
export function createFft(length: number): Fft {
  assertPowerOfTwo(length);
  const half = length / 2;
  const cosines = Float64Array.from({ length: half }, (_, k) => Math.cos((2 * Math.PI * k) / length));
  const sines = Float64Array.from({ length: half }, (_, k) => Math.sin((2 * Math.PI * k) / length));
  const reversed = reverseBits(length);

  function forward(real: Float64Array, imaginary: Float64Array): void {
    if (real.length !== length || imaginary.length !== length) {
      throw new RangeError(`This transform takes ${length} samples, not ${real.length}.`);
    }
    permute(real, reversed);
    permute(imaginary, reversed);
    for (let size = 2; size <= length; size *= 2) combine(real, imaginary, size);
  }

  /** One pass: joins neighbouring transforms of `size / 2` into transforms of `size`. */
  function combine(real: Float64Array, imaginary: Float64Array, size: number): void {
    const halfSize = size / 2;
    const stride = length / size;
    for (let start = 0; start < length; start += size) {
      for (let k = 0; k < halfSize; k++) {
        const cosine = cosines[k * stride]!;
        const sine = sines[k * stride]!;
        const low = start + k;
        const high = low + halfSize;
        const re = real[high]! * cosine + imaginary[high]! * sine;
        const im = imaginary[high]! * cosine - real[high]! * sine;
        real[high] = real[low]! - re;
        imaginary[high] = imaginary[low]! - im;
        real[low] = real[low]! + re;
        imaginary[low] = imaginary[low]! + im;
      }
    }
  }

  function inverse(real: Float64Array, imaginary: Float64Array): void {
    // Swapping the parts conjugates input and output, which turns the forward transform into the inverse one.
    forward(imaginary, real);
    for (let n = 0; n < length; n++) {
      real[n] = real[n]! / length;
      imaginary[n] = imaginary[n]! / length;
    }
  }

  return { length, forward, inverse };
}

/** Turns frames of real samples into spectra, without allocating for each frame. */
export interface RealFft {
  readonly length: number;
  /** Bins of a spectrum: length / 2 + 1, from 0 Hz to half the sample rate. */
  readonly bins: number;
  /** Parts of the spectrum of the last frame; overwritten by the next one. */
  readonly real: Float64Array;
  readonly imaginary: Float64Array;
  /** Transforms one frame; a shorter one is padded with zeros. The spectrum lies in `real` and `imaginary`. */
  transform(frame: Float32Array | Float64Array): void;
  /** |X[k]|² of the last frame into `into` (bins long). */
  power(into: Float32Array | Float64Array): void;
}

/**
 * A real transform by way of a complex one of half the length: even samples as real parts, odd ones as
 * imaginary parts, then separated again by symmetry (Numerical Recipes, §12.3).
 * @param length samples in a frame, a power of two ≥ 4. @throws RangeError for any other length
 */
export function createRealFft(length: number): RealFft {
  assertPowerOfTwo(length);
  const half = length / 2;
  const fft = createFft(half);
  const packedReal = new Float64Array(half);
  const packedImaginary = new Float64Array(half);
  const real = new Float64Array(half + 1);
  const imaginary = new Float64Array(half + 1);
  const cosines = Float64Array.from({ length: half + 1 }, (_, k) => Math.cos((2 * Math.PI * k) / length));
  const sines = Float64Array.from({ length: half + 1 }, (_, k) => Math.sin((2 * Math.PI * k) / length));

  function transform(frame: Float32Array | Float64Array): void {
    for (let n = 0; n < half; n++) {
      packedReal[n] = frame[2 * n] ?? 0;
      packedImaginary[n] = frame[2 * n + 1] ?? 0;
    }
    fft.forward(packedReal, packedImaginary);
    for (let k = 0; k <= half; k++) {
      const at = k % half;
      const mirror = (half - k) % half;
      const evenReal = (packedReal[at]! + packedReal[mirror]!) / 2;
      const evenImaginary = (packedImaginary[at]! - packedImaginary[mirror]!) / 2;
      const oddReal = (packedImaginary[at]! + packedImaginary[mirror]!) / 2;
      const oddImaginary = (packedReal[mirror]! - packedReal[at]!) / 2;
      real[k] = evenReal + oddReal * cosines[k]! + oddImaginary * sines[k]!;
      imaginary[k] = evenImaginary + oddImaginary * cosines[k]! - oddReal * sines[k]!;
    }
  }

  function power(into: Float32Array | Float64Array): void {
    for (let k = 0; k <= half; k++) into[k] = real[k]! * real[k]! + imaginary[k]! * imaginary[k]!;
  }

  return { length, bins: half + 1, real, imaginary, transform, power };
}

/** A periodic Hann window of `length` samples: its copies a half or a quarter apart add up to a constant. */
export function hannWindow(length: number): Float64Array {
  return Float64Array.from({ length }, (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / length));
}

function assertPowerOfTwo(length: number): void {
  if (!Number.isInteger(length) || length < 2 || Math.log2(length) % 1 !== 0) {
    throw new RangeError(`A transform's length is a power of two, not ${length}.`);
  }
}

function reverseBits(length: number): Uint32Array {
  const reversed = new Uint32Array(length);
  for (let n = 1; n < length; n++) reversed[n] = (reversed[n >> 1]! >> 1) | (n & 1 ? length / 2 : 0);
  return reversed;
}

function permute(values: Float64Array, order: Uint32Array): void {
  for (let n = 0; n < values.length; n++) {
    const other = order[n]!;
    if (other > n) {
      const kept = values[n]!;
      values[n] = values[other]!;
      values[other] = kept;
    }
  }
}
