import { sampleRate } from './signal.ts';

export type WaveShape = 'sine' | 'triangle' | 'saw' | 'square' | 'pulse';

const tableLength = 2048;
const lowestHz = 20;
const octaves = 10;
const harmonicsMax = 700;
const tablesByShape = new Map<WaveShape, Float32Array[]>();

/** Fourier series amplitude of harmonic `n` of each shape (the pulse is 25 % wide). */
function harmonicAmplitude(shape: WaveShape, n: number): number {
  switch (shape) {
    case 'sine':
      return n === 1 ? 1 : 0;
    case 'triangle':
      return n % 2 === 1 ? ((n % 4 === 1 ? 1 : -1) * 8) / (Math.PI * n) ** 2 : 0;
    case 'saw':
      return 0.6 / n;
    case 'square':
      return n % 2 === 1 ? 0.9 / n : 0;
    case 'pulse':
      return (0.9 * Math.sin(Math.PI * n * 0.25)) / n;
  }
}

function buildTable(shape: WaveShape, harmonics: number): Float32Array {
  const table = new Float32Array(tableLength + 1);
  const sine = Float64Array.from({ length: tableLength }, (_, i) =>
    Math.sin((2 * Math.PI * i) / tableLength),
  );
  for (let n = 1; n <= harmonics; n++) {
    const amplitude = harmonicAmplitude(shape, n);
    if (amplitude === 0) continue;
    for (let i = 0; i < tableLength; i++) {
      table[i] = (table[i] ?? 0) + amplitude * (sine[(i * n) % tableLength] ?? 0);
    }
  }
  table[tableLength] = table[0] ?? 0;
  return table;
}

/** One period of `shape` without a harmonic that would alias at `frequencyHz`; one guard sample at its end. */
function tableFor(shape: WaveShape, frequencyHz: number): Float32Array {
  let tables = tablesByShape.get(shape);
  if (!tables) {
    tables = Array.from({ length: octaves }, (_, octave) => {
      const highestHz = lowestHz * 2 ** (octave + 1);
      const harmonics = Math.max(1, Math.floor((sampleRate * 0.45) / highestHz));
      return buildTable(shape, shape === 'sine' ? 1 : Math.min(harmonicsMax, harmonics));
    });
    tablesByShape.set(shape, tables);
  }
  const octave = Math.floor(Math.log2(Math.max(lowestHz, frequencyHz) / lowestHz));
  return tables[Math.min(octaves - 1, octave)] ?? new Float32Array(tableLength + 1);
}

/** A band-limited oscillator that keeps its phase from block to block. */
export class Oscillator {
  private phase: number;

  /** @param phase where in its period it starts, 0..1 */
  constructor(
    private readonly shape: WaveShape,
    phase = 0,
  ) {
    this.phase = (phase - Math.floor(phase)) * tableLength;
  }

  /** Adds samples `from` (included) to `to` (excluded) of a wave at `frequencyHz` to `buffer`. */
  add(buffer: Float32Array, block: { from: number; to: number; frequencyHz: number; gain: number }): void {
    const { from, to, frequencyHz, gain } = block;
    const table = tableFor(this.shape, frequencyHz);
    const step = (frequencyHz * tableLength) / sampleRate;
    let phase = this.phase;
    for (let i = from; i < to; i++) {
      const index = Math.floor(phase);
      const start = table[index] ?? 0;
      const value = start + ((table[index + 1] ?? 0) - start) * (phase - index);
      buffer[i] = (buffer[i] ?? 0) + value * gain;
      phase += step;
      if (phase >= tableLength) phase -= tableLength;
    }
    this.phase = phase;
  }
}

/** Adds a tone that follows `frequencyOf(seconds)`, with the pitch held for 32 samples at a time. */
export function addTone(
  buffer: Float32Array,
  options: { shape: WaveShape; frequencyOf: (seconds: number) => number; gain: number; phase?: number },
): void {
  const oscillator = new Oscillator(options.shape, options.phase ?? 0);
  const blockSamples = 32;
  for (let from = 0; from < buffer.length; from += blockSamples) {
    const to = Math.min(buffer.length, from + blockSamples);
    const frequencyHz = options.frequencyOf(from / sampleRate);
    oscillator.add(buffer, { from, to, frequencyHz, gain: options.gain });
  }
}
