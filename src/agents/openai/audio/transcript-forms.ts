import { deflateSync } from 'node:zlib';
import type { AnnotatedLine, Annotation } from '../../../media/annotation.ts';
import type { Transcribe, Transcription } from './model.ts';

type TranscribeBody = Pick<typeof Transcribe.static, 'response_format' | 'timestamp_granularities'>;

/** An annotated recording as OpenAI writes transcripts: JSON, or text in one of three forms. */
export function writeTranscript(annotation: Annotation, body: TranscribeBody): Transcription | string {
  const { lines, text } = annotation.lyrics;
  switch (body.response_format ?? 'json') {
    case 'text':
      return `${text}\n`;
    case 'srt':
      return cues(lines, ',', (index) => `${index + 1}\n`);
    case 'vtt':
      return `WEBVTT\n\n${cues(lines, '.', () => '')}`;
    case 'json':
      return { text, usage: usageOf(annotation) };
    case 'verbose_json':
      return verbose(annotation, body.timestamp_granularities ?? ['segment']);
  }
}

function usageOf({ source }: Annotation) {
  return { type: 'duration' as const, seconds: source.durationSeconds };
}

function verbose(annotation: Annotation, granularities: readonly ('word' | 'segment')[]): Transcription {
  const { lyrics, words, language, source } = annotation;
  return {
    text: lyrics.text,
    language: languageName(language),
    duration: source.durationSeconds,
    usage: usageOf(annotation),
    ...(granularities.includes('word')
      ? {
          words: words.map(({ text, startSeconds, endSeconds }) => ({
            word: text,
            start: startSeconds,
            end: endSeconds,
          })),
        }
      : {}),
    ...(granularities.includes('segment')
      ? { segments: lyrics.lines.map((line) => segmentOf(line, annotation)) }
      : {}),
  };
}

/** Lines of words, as Whisper's segments are. */
function segmentOf({ index, text, startSeconds, endSeconds, words }: AnnotatedLine, annotation: Annotation) {
  const logs = words.map((word) => Math.log(Math.max(0.01, annotation.words[word]?.confidence ?? 0.01)));
  return {
    ...{ id: index, seek: 0, start: startSeconds, end: endSeconds, text, tokens: [], temperature: 0 },
    avg_logprob: logs.length === 0 ? 0 : logs.reduce((sum, log) => sum + log, 0) / logs.length,
    // As Whisper computes it.
    compression_ratio: Buffer.byteLength(text) / deflateSync(text).byteLength,
    no_speech_prob: 0,
  };
}

/** `en` is `english`, as Whisper says it. */
function languageName(code: string): string {
  return new Intl.DisplayNames(['en'], { type: 'language' }).of(code)?.toLowerCase() ?? code;
}

/** SubRip, or the cues of WebVTT: the two differ in the decimal mark and the number before a cue. */
function cues(lines: readonly AnnotatedLine[], mark: ',' | '.', head: (index: number) => string): string {
  return lines
    .map(({ text, startSeconds, endSeconds }, index) => {
      const times = `${timestamp(startSeconds, mark)} --> ${timestamp(endSeconds, mark)}`;
      // An arrow or a blank line in a text would begin another cue.
      return `${head(index)}${times}\n${text.replaceAll(/\s*\n\s*/g, ' ').replaceAll('-->', '→')}\n\n`;
    })
    .join('');
}

function timestamp(seconds: number, mark: ',' | '.'): string {
  const milliseconds = Math.round(seconds * 1000);
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const whole = `${two(milliseconds / 3_600_000)}:${two((milliseconds / 60_000) % 60)}:${two((milliseconds / 1000) % 60)}`;
  return `${whole}${mark}${String(milliseconds % 1000).padStart(3, '0')}`;
}
