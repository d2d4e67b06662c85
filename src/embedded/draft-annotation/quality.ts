import type { AnnotatedWord, AnnotationQuality } from '../../media/annotation.ts';
import { round } from './beats.ts';
import type { PlacedWords } from './place-words.ts';
import type { Heard } from './speech-activity.ts';

/** A word with less confidence is unmatched. */
const matchedConfidence = 0.3;
const poorCoverage = 0.6;
const driftSecondsMax = 0.5;

/** Judges an annotation, with a warning for everything that a reader should know before trusting it. */
export function assessQuality(found: {
  transcriptGiven: boolean;
  words: readonly AnnotatedWord[];
  placed: PlacedWords | null;
  heard: Heard;
}): AnnotationQuality {
  const { words, placed, heard } = found;
  const unmatchedWords = words
    .filter(({ confidence }) => confidence < matchedConfidence)
    .map(({ index }) => index);
  const isPlaced = placed !== null && words.length > 0;
  const coverage = isPlaced ? 1 - unmatchedWords.length / words.length : null;
  const meanConfidence = isPlaced
    ? words.reduce((sum, { confidence }) => sum + confidence, 0) / words.length
    : null;
  const driftSeconds = placed?.driftSeconds ?? null;
  const warnings = ['This is a draft: no speech recognition model listened to the recording.'];
  if (!isPlaced) {
    warnings.push(
      found.transcriptGiven
        ? 'The transcript holds no words: only beats, sections and speech segments were found.'
        : 'No transcript was given, and this engine cannot transcribe: there are no words and no lyrics.',
    );
  }
  warnings.push(...(placed?.warnings ?? []));
  if (heard.activity.segments.length === 0) warnings.push('No speech was found.');
  if (coverage !== null && coverage < poorCoverage) {
    warnings.push(
      'The transcript matches the recording poorly: it may be another text, or be sung, or lie under loud music.',
    );
  }
  if (driftSeconds !== null && driftSeconds > driftSecondsMax) {
    warnings.push(`Word times are uncertain by about ${driftSeconds.toFixed(1)} s.`);
  }
  return {
    coverage: coverage === null ? null : round(coverage, 3),
    meanConfidence: meanConfidence === null ? null : round(meanConfidence, 3),
    unmatchedWords,
    driftSeconds: driftSeconds === null ? null : round(driftSeconds, 3),
    warnings,
  };
}
