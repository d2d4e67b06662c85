import { melBands, type MelSpectrogram } from './spectra.ts';

const cepstra = 12;
/** Numbers of a frame: cepstra and how they change. */
export const featureSize = 2 * cepstra;

/** `frames` rows of {@link featureSize} numbers. */
export interface Features {
  frames: number;
  values: Float32Array;
}

/**
 * Mel cepstra 1 to 12 and their slopes over 90 ms (Davis & Mermelstein 1980; Furui 1986). The level (cepstrum 0)
 * is left out. Each number is brought to mean 0 and variance 1 over the frames of `isSpeech`, which takes
 * loudness, microphone and much of the speaker's colour away.
 */
export function cepstralFeatures(mel: MelSpectrogram, isSpeech: (frame: number) => boolean): Features {
  const plain = cosineTransform(mel);
  const values = new Float32Array(mel.frames * featureSize);
  for (let t = 0; t < mel.frames; t++) {
    for (let c = 0; c < cepstra; c++) {
      values[t * featureSize + c] = plain[t * cepstra + c]!;
      values[t * featureSize + cepstra + c] = slopeAt(plain, { frame: t, frames: mel.frames, cepstrum: c });
    }
  }
  normalize({ frames: mel.frames, values }, isSpeech);
  return { frames: mel.frames, values };
}

function cosineTransform(mel: MelSpectrogram): Float32Array {
  const basis = Float64Array.from({ length: cepstra * melBands }, (_, i) => {
    const order = Math.floor(i / melBands) + 1;
    return Math.cos((Math.PI * order * ((i % melBands) + 0.5)) / melBands);
  });
  const plain = new Float32Array(mel.frames * cepstra);
  for (let t = 0; t < mel.frames; t++) {
    for (let c = 0; c < cepstra; c++) {
      let sum = 0;
      for (let b = 0; b < melBands; b++) sum += basis[c * melBands + b]! * mel.values[t * melBands + b]!;
      plain[t * cepstra + c] = sum;
    }
  }
  return plain;
}

const slopeReach = 4;

/** Least-squares slope over `slopeReach` frames either side. */
function slopeAt(
  plain: Float32Array,
  { frame, frames, cepstrum }: { frame: number; frames: number; cepstrum: number },
): number {
  let sum = 0;
  let weight = 0;
  for (let d = 1; d <= slopeReach; d++) {
    const after = plain[Math.min(frames - 1, frame + d) * cepstra + cepstrum]!;
    const before = plain[Math.max(0, frame - d) * cepstra + cepstrum]!;
    sum += d * (after - before);
    weight += 2 * d * d;
  }
  return sum / weight;
}

function normalize({ frames, values }: Features, isSpeech: (frame: number) => boolean): void {
  for (let c = 0; c < featureSize; c++) {
    let [count, sum, squares] = [0, 0, 0];
    for (let t = 0; t < frames; t++) {
      if (!isSpeech(t)) continue;
      const value = values[t * featureSize + c]!;
      count++;
      sum += value;
      squares += value * value;
    }
    const mean = count > 0 ? sum / count : 0;
    const deviation = count > 1 ? Math.sqrt(Math.max(1e-6, squares / count - mean * mean)) : 1;
    for (let t = 0; t < frames; t++) {
      const at = t * featureSize + c;
      values[at] = (values[at]! - mean) / deviation;
    }
  }
}

/** Means of the frames between each two neighbouring `edges`; a span without frames takes the one it begins at. */
export function averageFrames({ frames, values }: Features, edges: ArrayLike<number>): Features {
  const spans = edges.length - 1;
  const averaged = new Float32Array(spans * featureSize);
  for (let span = 0; span < spans; span++) {
    const first = Math.min(frames - 1, edges[span]!);
    const end = Math.max(first + 1, Math.min(frames, edges[span + 1]!));
    for (let t = first; t < end; t++) {
      for (let c = 0; c < featureSize; c++) {
        averaged[span * featureSize + c]! += values[t * featureSize + c]! / (end - first);
      }
    }
  }
  return { frames: spans, values: averaged };
}
