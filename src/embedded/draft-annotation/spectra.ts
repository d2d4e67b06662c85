import { createRealFft, hannWindow } from '../../media/fft.ts';

/** Every sound is analysed at this rate. */
export const sampleRate = 16_000;
/** Time from frame to frame. */
export const hopSeconds = 0.01;
export const hopSamples = sampleRate * hopSeconds;
const frameSamples = 400;
const fftLength = 512;
export const melBands = 32;
const lowestHertz = 80;
const highestHertz = 7000;

/** Log-mel spectrogram: `frames` rows of {@link melBands} natural logarithms of power. */
export interface MelSpectrogram {
  frames: number;
  values: Float32Array;
}

/**
 * Power in mel bands over 25 ms every 10 ms, in natural logarithms.
 * @param samples mono at {@link sampleRate}
 * @param onFrame awaited now and then with the part done, 0..1
 */
export async function melSpectrogram(
  samples: Float32Array,
  onFrame: (fraction: number) => Promise<void> = async () => {},
): Promise<MelSpectrogram> {
  const frames = Math.max(1, Math.ceil(samples.length / hopSamples));
  const values = new Float32Array(frames * melBands);
  const fft = createRealFft(fftLength);
  const window = hannWindow(frameSamples);
  const bank = melBank();
  const power = new Float64Array(fft.bins);
  const frame = new Float64Array(fftLength);
  for (let t = 0; t < frames; t++) {
    // The frame is centred on its hop, so that a frame's time is the time of what it shows.
    const first = t * hopSamples + (hopSamples - frameSamples) / 2;
    for (let i = 0; i < frameSamples; i++) frame[i] = (samples[first + i] ?? 0) * window[i]!;
    fft.transform(frame);
    fft.power(power);
    for (const [band, weights] of bank.entries()) {
      let sum = 1e-7;
      for (let k = 0; k < weights.values.length; k++) sum += weights.values[k]! * power[weights.first + k]!;
      values[t * melBands + band] = Math.log(sum);
    }
    if (t % 2000 === 1999) await onFrame(t / frames);
  }
  return { frames, values };
}

/** Triangles equally wide on the mel scale (O'Shaughnessy: m = 1127·ln(1 + f / 700)). */
function melBank(): { first: number; values: Float64Array }[] {
  const mel = (hertz: number) => 1127 * Math.log(1 + hertz / 700);
  const hertz = (mels: number) => 700 * (Math.exp(mels / 1127) - 1);
  const step = (mel(highestHertz) - mel(lowestHertz)) / (melBands + 1);
  const edge = (index: number) => (hertz(mel(lowestHertz) + step * index) * fftLength) / sampleRate;
  return Array.from({ length: melBands }, (_, band) => {
    const [low, centre, high] = [edge(band), edge(band + 1), edge(band + 2)];
    const first = Math.ceil(low);
    const length = Math.max(1, Math.floor(high) - first + 1);
    const values = Float64Array.from({ length }, (__, k) => {
      const bin = first + k;
      return Math.max(0, bin < centre ? (bin - low) / (centre - low) : (high - bin) / (high - centre));
    });
    return { first, values };
  });
}
