import { resampleMono } from '../../media/resample.ts';
import type { RunContext } from '../serve.ts';
import { type AlignedWord, alignWords, sketchAlignment, type SpokenFeatures } from './align-words.ts';
import { cepstralFeatures } from './cepstra.ts';
import { matchBackground } from './match-background.ts';
import type { Heard } from './speech-activity.ts';
import { hopSeconds, melSpectrogram, sampleRate } from './spectra.ts';
import { speakWords } from './spoken-words.ts';
import { type PlacedWord, spreadWords } from './spread-words.ts';
import type { Transcript } from './transcript.ts';
import { voicesFor } from './voices.ts';
import type { Recording } from './walk-states.ts';
import { evidenceOf, type Trial, wordConfidences, wrongOrders } from './word-confidence.ts';

export interface PlacedWords {
  words: PlacedWord[];
  /** Median distance between where the two best voices put a word; null where there weren't two. */
  driftSeconds: number | null;
  warnings: string[];
}

/** How one voice's words lie in the recording, in large steps. */
interface Attempt extends Trial {
  recording: Recording;
  spoken: SpokenFeatures;
}

type Report = (fraction: number) => Promise<void>;

/**
 * Places the words of `transcript` in a recording: several voices say them, the one that explains the recording
 * best is aligned closely. Where nothing fits, the words are spread evenly over what is heard.
 * @throws EngineError `model_broken` without espeak-ng; MediaToolError when it fails
 */
export async function placeWords(
  transcript: Transcript,
  heard: Heard,
  { language, context, report }: { language: string; context: RunContext; report: Report },
): Promise<PlacedWords> {
  const { voices, warnings } = await voicesFor(language);
  const attempts: Attempt[] = [];
  for (const [index, voice] of voices.entries()) {
    const reportPart: Report = (part) => report(((index + part) / voices.length) * 0.85);
    const attempt = await attemptVoice(voice, {
      transcript,
      heard,
      signal: context.signal,
      report: reportPart,
    });
    if (attempt) attempts.push(attempt);
  }
  attempts.sort((a, b) => evidenceOf(b) - evidenceOf(a));
  const [best, second] = attempts;
  const words =
    best && (await alignWords(best.recording, best.spoken, best.sketch, (part) => report(0.85 + 0.1 * part)));
  if (!words) {
    const reason =
      'The recording is too short or too quiet for the transcript: words were only spread over it.';
    return { words: spreadWords(transcript, heard), driftSeconds: null, warnings: [...warnings, reason] };
  }
  const check =
    second &&
    (await alignWords(second.recording, second.spoken, second.sketch, (part) => report(0.95 + 0.02 * part)));
  const confidences = wordConfidences(await tryMoreOrders(best, () => report(0.97)), words.length);
  return {
    words: words.map((word, index) => ({
      startSeconds: word.startFrame * hopSeconds,
      endSeconds: Math.min(heard.durationSeconds, word.endFrame * hopSeconds),
      confidence: confidences[index] ?? 0,
    })),
    driftSeconds: check ? medianDistance(words, check) : null,
    warnings,
  };
}

async function attemptVoice(
  voice: string,
  {
    transcript,
    heard,
    signal,
    report,
  }: { transcript: Transcript; heard: Heard; signal: AbortSignal; report: Report },
): Promise<Attempt | null> {
  const speech = await speakWords(transcript, { voice, signal, onLine: (part) => report(part * 0.3) });
  const samples = await resampleMono(
    { sampleRate: speech.sampleRate, channels: [speech.samples] },
    sampleRate,
    { signal },
  );
  const matched = matchBackground(
    await melSpectrogram(samples, (part) => report(0.3 + 0.1 * part)),
    heard.mel,
  );
  const { level } = heard.activity;
  const features = cepstralFeatures(matched.recording, (frame) => level[frame]! > 0.5);
  const edges = speech.starts.map((start) => Math.round(start / speech.sampleRate / hopSeconds));
  const spoken: SpokenFeatures = {
    features: cepstralFeatures(matched.speech, () => true),
    wordFrames: edges.slice(1).map((edge, index) => Math.max(1, edge - (edges[index] ?? 0))),
  };
  const recording: Recording = { features, activity: level };
  const order = [...spoken.wordFrames.keys()];
  const [backwards = []] = wrongOrders(order.length);
  const sketch = await sketchAlignment(recording, spoken, order, (part) => report(0.4 + 0.3 * part));
  const wrong = await sketchAlignment(recording, spoken, backwards, (part) => report(0.7 + 0.3 * part));
  return sketch && wrong && { recording, spoken, sketch, wrong: [wrong] };
}

/** One wrong order is enough to choose a voice by; the evidence that the chosen one gives is weighed against all. */
async function tryMoreOrders(attempt: Attempt, report: Report): Promise<Trial> {
  const wrong = [...attempt.wrong];
  const orders = wrongOrders(attempt.spoken.wordFrames.length).slice(wrong.length);
  for (const order of orders) {
    const sketch = await sketchAlignment(attempt.recording, attempt.spoken, order, report);
    if (sketch) wrong.push(sketch);
  }
  return { sketch: attempt.sketch, wrong };
}

function medianDistance(words: readonly AlignedWord[], others: readonly AlignedWord[]): number {
  const distances = words.map((word, index) => Math.abs(word.startFrame - (others[index]?.startFrame ?? 0)));
  return (distances.toSorted((a, b) => a - b)[Math.floor(distances.length / 2)] ?? 0) * hopSeconds;
}
