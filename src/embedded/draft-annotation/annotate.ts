import { join } from 'node:path';
import type { AudioAnnotationReferenceParams } from '../../tasks/audio-annotation-reference.ts';
import type { AnnotatedLine, AnnotatedSection, AnnotatedWord, Annotation } from '../../media/annotation.ts';
import { draftComment } from '../../media/formats.ts';
import { decodePcm, type Pcm, pcmSeconds } from '../../media/pcm.ts';
import { probe, streamOf } from '../../media/probe.ts';
import type { RunResult } from '../../runners/protocol.ts';
import { EngineError, type RunContext } from '../serve.ts';
import { round, trackBeats } from './beats.ts';
import { noveltyBoundaries } from './novelty.ts';
import { onsetStrength } from './onset-strength.ts';
import { type PlacedWords, placeWords } from './place-words.ts';
import { assessQuality } from './quality.ts';
import { sectionsFromNovelty, sectionsFromTags } from './sections.ts';
import { detectActivity, type Heard } from './speech-activity.ts';
import { melSpectrogram, sampleRate } from './spectra.ts';
import { parseTranscript, type Transcript } from './transcript.ts';

export const engine = { name: 'draft-annotation', version: '1' } as const;

/** Does one `audio.annotation.reference` job. @throws EngineError `invalid_input`, `model_broken` or `canceled` */
export async function annotateDraft(
  params: AudioAnnotationReferenceParams,
  context: RunContext,
): Promise<RunResult> {
  const report = (stage: string, fraction: number) =>
    context.progress({ stage, step: Math.round(fraction * 100), steps: 100, fraction });
  await report('listening', 0);
  const { pcm, source } = await readSource(params.sourceAudioPath, context.signal);
  const mel = await melSpectrogram(pcm.channels[0] ?? new Float32Array(0), (part) =>
    report('listening', 0.02 + 0.08 * part),
  );
  const heard: Heard = { mel, activity: detectActivity(mel), durationSeconds: source.durationSeconds };
  await report('beats', 0.1);
  const beats = trackBeats(onsetStrength(mel));
  await report('sections', 0.15);
  const transcript = parseTranscript(params.transcript ?? '', params.language);
  const boundaries = transcript.sections.length > 0 ? [] : noveltyBoundaries(mel);
  const placed = await placeTranscript(transcript, heard, { params, context, report });
  const annotation = compose({ params, source, transcript, heard, placed, beats, boundaries });
  await Bun.write(join(context.outputFolder, 'annotation.json'), `${JSON.stringify(annotation, null, 2)}\n`);
  await report('done', 1);
  return {
    outputs: [
      { filename: 'annotation.json', mimeType: 'application/json', durationSeconds: source.durationSeconds },
    ],
    metadata: {
      ...{ draft: true, transcriptionModel: annotation.transcriptionModel, qa: annotation.qa },
      ...{ tempoBpm: beats.tempoBpm, words: annotation.words.length, sections: annotation.sections.length },
    },
    measurements: { sourceSeconds: source.durationSeconds },
  };
}

type Source = Annotation['source'];

async function readSource(path: string, signal: AbortSignal): Promise<{ pcm: Pcm; source: Source }> {
  try {
    const stream = streamOf(await probe(path, { signal }), 'audio');
    const pcm = await decodePcm(path, { sampleRate, channels: 1, signal });
    const source = {
      durationSeconds: round(pcmSeconds(pcm), 3),
      sampleRate: Number(stream?.sample_rate ?? sampleRate),
      channels: stream?.channels ?? 1,
    };
    return { pcm, source };
  } catch (error) {
    throw new EngineError('invalid_input', 'The source audio could not be decoded.', { cause: error });
  }
}

/** Null where there is nothing to place. */
async function placeTranscript(
  transcript: Transcript,
  heard: Heard,
  {
    params,
    context,
    report,
  }: {
    params: AudioAnnotationReferenceParams;
    context: RunContext;
    report: (stage: string, fraction: number) => Promise<void>;
  },
): Promise<PlacedWords | null> {
  if (transcript.words.length === 0) return null;
  return placeWords(transcript, heard, {
    language: params.language,
    context,
    report: (part) => report('alignment', 0.2 + 0.78 * part),
  });
}

function compose(found: {
  params: AudioAnnotationReferenceParams;
  source: Source;
  transcript: Transcript;
  heard: Heard;
  placed: PlacedWords | null;
  beats: Annotation['beats'];
  boundaries: number[];
}): Annotation {
  const { params, source, transcript, heard, placed } = found;
  const words = annotateWords(transcript, placed);
  const lines = annotateLines(transcript, words);
  const sections: AnnotatedSection[] =
    transcript.sections.length > 0
      ? sectionsFromTags(transcript.sections, lines, source.durationSeconds)
      : sectionsFromNovelty(found.boundaries, source.durationSeconds);
  return {
    schemaVersion: 1,
    engine,
    draft: true,
    comment: draftComment,
    source,
    language: params.language,
    transcriptProvided: params.transcript !== null,
    transcriptionModel: { requested: params.transcriptionModel, used: null },
    lyrics: { text: params.transcript ?? '', lines: assignSections(lines, sections) },
    words,
    sections,
    beats: found.beats,
    speechSegments: heard.activity.segments.map(({ startSeconds, endSeconds }) => ({
      startSeconds: round(startSeconds, 3),
      endSeconds: round(Math.min(endSeconds, source.durationSeconds), 3),
    })),
    qa: assessQuality({ transcriptGiven: params.transcript !== null, words, placed, heard }),
  };
}

function annotateWords(transcript: Transcript, placed: PlacedWords | null): AnnotatedWord[] {
  return transcript.words.map((word, index) => {
    const place = placed?.words[index] ?? { startSeconds: 0, endSeconds: 0, confidence: 0 };
    return {
      index,
      text: word.text,
      startSeconds: round(place.startSeconds, 3),
      endSeconds: round(place.endSeconds, 3),
      confidence: round(place.confidence, 3),
      lineIndex: word.lineIndex,
    };
  });
}

function annotateLines(transcript: Transcript, words: readonly AnnotatedWord[]): AnnotatedLine[] {
  return transcript.lines.map((line, index) => ({
    index,
    text: line.text,
    startSeconds: words[line.wordIndices[0] ?? 0]?.startSeconds ?? 0,
    endSeconds: words[line.wordIndices.at(-1) ?? 0]?.endSeconds ?? 0,
    sectionIndex: line.sectionIndex,
    words: line.wordIndices,
  }));
}

/** Lines without a tag belong to the section that is heard when they begin. */
function assignSections(
  lines: readonly AnnotatedLine[],
  sections: readonly AnnotatedSection[],
): AnnotatedLine[] {
  return lines.map((line) => {
    const heardIn = sections.findLast(
      ({ source, startSeconds }) => source === 'novelty' && startSeconds <= line.startSeconds,
    );
    return { ...line, sectionIndex: line.sectionIndex ?? heardIn?.index ?? null };
  });
}
