import { espeak, type EspeakVoice } from '../../media/espeak.ts';
import type { Transcript } from './transcript.ts';

/** How the words of a transcript sound from a synthesiser, one after the other without pauses. */
export interface SpokenWords {
  sampleRate: number;
  samples: Float32Array;
  /** Sample at which each word begins; one more entry than words, the last one is the end. */
  starts: number[];
}

/** Pause asked for between words: longer than any silence inside a word, so that words can be told apart. */
const wordGap = 40;
const gapSeconds = 0.25;
const silenceLevel = 1e-4;
/** Stands for a word that the synthesiser doesn't say. */
const muteSeconds = 0.06;

export interface SpokenWordsOptions {
  voice: string;
  signal: AbortSignal;
  /** Called after each line with the part done, 0..1. */
  onLine: (fraction: number) => Promise<void>;
}

/**
 * Says every word of `transcript` in the course of its line, so that it has the sound and stress it has there.
 * @throws MediaToolError when espeak-ng fails
 */
export async function speakWords(transcript: Transcript, options: SpokenWordsOptions): Promise<SpokenWords> {
  const { voice, signal, onLine } = options;
  const manner: EspeakVoice = { voice, wordsPerMinute: 200, pitch: 50, wordGap };
  const pieces: Float32Array[] = [];
  const known = new Map<string, Speech[]>();
  let sampleRate = 22_050;
  for (const [index, line] of transcript.lines.entries()) {
    const texts = line.wordIndices.map((wordIndex) => transcript.words[wordIndex]?.text ?? '');
    const key = texts.join(' ');
    const spoken = known.get(key) ?? (await speakApart(texts, manner, signal));
    known.set(key, spoken);
    for (const word of spoken) {
      sampleRate = word.sampleRate;
      pieces.push(word.samples);
    }
    await onLine((index + 1) / transcript.lines.length);
  }
  return { sampleRate, ...concatenate(pieces) };
}

interface Speech {
  sampleRate: number;
  samples: Float32Array;
}

/**
 * Says `words` in one breath and cuts at the pauses. Where the pieces aren't as many as the words (espeak-ng
 * joins "and a", and says "1999" in several words), each half is said for itself, down to single words.
 */
async function speakApart(
  words: readonly string[],
  manner: EspeakVoice,
  signal: AbortSignal,
): Promise<Speech[]> {
  const pcm = await espeak(words.join(' '), manner, signal);
  const samples = pcm.channels[0] ?? new Float32Array(0);
  const islands = findIslands(samples, Math.round(gapSeconds * pcm.sampleRate));
  const cut = (from: number, to: number) => ({
    sampleRate: pcm.sampleRate,
    samples: samples.slice(from, to),
  });
  if (islands.length === words.length) return islands.map(({ start, end }) => cut(start, end));
  if (words.length > 1) {
    const middle = words.length >> 1;
    return [
      ...(await speakApart(words.slice(0, middle), manner, signal)),
      ...(await speakApart(words.slice(middle), manner, signal)),
    ];
  }
  if (islands.length === 0) {
    return [
      { sampleRate: pcm.sampleRate, samples: new Float32Array(Math.round(muteSeconds * pcm.sampleRate)) },
    ];
  }
  const parts = islands.map(({ start, end }) => samples.slice(start, end));
  return [{ sampleRate: pcm.sampleRate, samples: concatenate(parts).samples }];
}

function findIslands(samples: Float32Array, gapLength: number): { start: number; end: number }[] {
  const islands: { start: number; end: number }[] = [];
  let lastLoud = -Infinity;
  for (let i = 0; i < samples.length; i++) {
    if (Math.abs(samples[i]!) < silenceLevel) continue;
    const current = islands.at(-1);
    if (!current || i - lastLoud > gapLength) islands.push({ start: i, end: i + 1 });
    else current.end = i + 1;
    lastLoud = i;
  }
  return islands;
}

function concatenate(pieces: readonly Float32Array[]): { samples: Float32Array; starts: number[] } {
  const starts = [0];
  for (const piece of pieces) starts.push((starts.at(-1) ?? 0) + piece.length);
  const samples = new Float32Array(starts.at(-1) ?? 0);
  for (const [index, piece] of pieces.entries()) samples.set(piece, starts[index]);
  return { samples, starts };
}
