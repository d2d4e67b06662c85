import { sampleRate } from './signal.ts';

export type FormantVowel = 'a' | 'e' | 'i' | 'o' | 'u';

/** Resonances of one vowel: centre in hertz, level in decibels, width in hertz. */
export type VowelShape = readonly (readonly [frequencyHz: number, decibels: number, widthHz: number])[];

/** Sung vowels of an alto and a tenor, from the formant tables of the Csound manual (appendix D). */
export const vowelShapes: Record<'high' | 'low', Record<FormantVowel, VowelShape>> = {
  high: {
    a: vowel([800, 1150, 2800, 3500, 4950], [0, -4, -20, -36, -60], [80, 90, 120, 130, 140]),
    e: vowel([400, 1600, 2700, 3300, 4950], [0, -24, -30, -35, -60], [60, 80, 120, 150, 200]),
    i: vowel([350, 1700, 2700, 3700, 4950], [0, -20, -30, -36, -60], [50, 100, 120, 150, 200]),
    o: vowel([450, 800, 2830, 3500, 4950], [0, -9, -16, -28, -55], [70, 80, 100, 130, 135]),
    u: vowel([325, 700, 2530, 3500, 4950], [0, -12, -30, -40, -64], [50, 60, 170, 180, 200]),
  },
  low: {
    a: vowel([650, 1080, 2650, 2900, 3250], [0, -6, -7, -8, -22], [80, 90, 120, 130, 140]),
    e: vowel([400, 1700, 2600, 3200, 3580], [0, -14, -12, -14, -20], [70, 80, 100, 120, 120]),
    i: vowel([290, 1870, 2800, 3250, 3540], [0, -15, -18, -20, -30], [40, 90, 100, 120, 120]),
    o: vowel([400, 800, 2600, 2800, 3000], [0, -10, -12, -12, -26], [40, 80, 100, 120, 120]),
    u: vowel([350, 600, 2700, 2900, 3300], [0, -20, -17, -14, -26], [40, 60, 100, 120, 120]),
  },
};

function vowel(
  frequenciesHz: readonly number[],
  decibels: readonly number[],
  widthsHz: readonly number[],
): VowelShape {
  return frequenciesHz.map(
    (frequencyHz, i) => [frequencyHz, decibels[i] ?? -60, widthsHz[i] ?? 100] as const,
  );
}

/**
 * Sends `source` through the resonances of a mouth that moves: parallel resonators (D. Klatt, "Software for a
 * cascade/parallel formant synthesizer", 1980), tuned anew every 64 samples.
 * @param shapeAt the mouth at a time in seconds
 * @returns a new signal
 */
export function throughMouth(source: Float32Array, shapeAt: (seconds: number) => VowelShape): Float32Array {
  const out = new Float32Array(source.length);
  const blockSamples = 64;
  const formants = shapeAt(0).length;
  const memory = Array.from({ length: formants }, () => ({ last: 0, before: 0 }));
  for (let from = 0; from < source.length; from += blockSamples) {
    const to = Math.min(source.length, from + blockSamples);
    const shape = shapeAt(from / sampleRate);
    for (const [index, state] of memory.entries()) {
      const [frequencyHz, decibels, widthHz] = shape[index] ?? [500, -60, 100];
      const radius = Math.exp((-Math.PI * widthHz) / sampleRate);
      const angle = (2 * Math.PI * frequencyHz) / sampleRate;
      const first = 2 * radius * Math.cos(angle);
      const second = -radius * radius;
      // Unity gain at the centre, so that the level is the vowel table's; neighbours alternate in sign.
      const gain = (1 - radius) * Math.sqrt(1 - 2 * radius * Math.cos(2 * angle) + radius * radius);
      const weight = 10 ** (decibels / 20) * gain * (index % 2 === 0 ? 1 : -1);
      let { last, before } = state;
      for (let i = from; i < to; i++) {
        const value = (source[i] ?? 0) * weight + first * last + second * before;
        before = last;
        last = value;
        out[i] = (out[i] ?? 0) + value;
      }
      state.last = last;
      state.before = before;
    }
  }
  return out;
}

/** The mouth `position` (0..1) of the way from one vowel to another. */
export function blendVowels(from: VowelShape, to: VowelShape, position: number): VowelShape {
  return from.map(([frequencyHz, decibels, widthHz], i) => {
    const [toHz, toDecibels, toWidthHz] = to[i] ?? [frequencyHz, decibels, widthHz];
    return [
      frequencyHz + (toHz - frequencyHz) * position,
      decibels + (toDecibels - decibels) * position,
      widthHz + (toWidthHz - widthHz) * position,
    ] as const;
  });
}
