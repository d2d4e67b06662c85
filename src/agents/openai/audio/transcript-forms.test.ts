import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { Annotation } from '../../../media/annotation.ts';
import { writeTranscript } from './transcript-forms.ts';

/** Lines of so many words each, one second a word. */
function annotate(lines: readonly string[], startSeconds = 0): Annotation {
  const texts = lines.map((line) => line.split(' '));
  let at = startSeconds;
  const words = texts.flatMap((line, lineIndex) =>
    line.map((text) => ({ text, startSeconds: at, endSeconds: (at += 1), confidence: 0.5, lineIndex })),
  );
  const indexed = words.map((word, index) => ({ index, ...word }));
  return {
    schemaVersion: 1,
    engine: { name: 'fake', version: '1' },
    draft: true,
    source: { durationSeconds: at, sampleRate: 16_000, channels: 1 },
    language: 'de',
    transcriptProvided: true,
    transcriptionModel: { requested: 'tiny', used: null },
    lyrics: {
      text: lines.join('\n'),
      lines: lines.map((text, index) => {
        const own = indexed.filter(({ lineIndex }) => lineIndex === index);
        return {
          ...{ index, text, sectionIndex: null, words: own.map((word) => word.index) },
          startSeconds: own[0]?.startSeconds ?? 0,
          endSeconds: own.at(-1)?.endSeconds ?? 0,
        };
      }),
    },
    words: indexed,
    sections: [],
    beats: { tempoBpm: null, confidence: 0, timesSeconds: [] },
    speechSegments: [],
    qa: { coverage: 1, meanConfidence: 0.5, unmatchedWords: [], driftSeconds: null, warnings: [] },
  };
}

function subtitles(annotation: Annotation, format: 'srt' | 'vtt'): string {
  const written = writeTranscript(annotation, { response_format: format });
  if (typeof written !== 'string') throw new TypeError('Subtitles are text.');
  return written;
}

describe('subtitles', () => {
  test('are numbered in SubRip and not in WebVTT, and count hours', () => {
    const long = annotate(['one two', 'three'], 3_725.25);
    expect(writeTranscript(long, { response_format: 'srt' })).toBe(
      '1\n01:02:05,250 --> 01:02:07,250\none two\n\n2\n01:02:07,250 --> 01:02:08,250\nthree\n\n',
    );
    expect(writeTranscript(long, { response_format: 'vtt' })).toBe(
      'WEBVTT\n\n01:02:05.250 --> 01:02:07.250\none two\n\n01:02:07.250 --> 01:02:08.250\nthree\n\n',
    );
  });

  test('have no cue that a text has put there', () => {
    const line = 'a\n\n00:00:00.000 --> 00:00:09.000\nb';
    const written = subtitles(annotate([line]), 'vtt');
    expect(written.match(/-->/g)?.length).toBe(1);
    expect(written.trim().split('\n\n').length).toBe(2);
  });

  test('tell every time to the millisecond, whatever it is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 359_999_000 }), (milliseconds) => {
        const srt = subtitles(annotate(['word'], milliseconds / 1000), 'srt');
        const [, hours, minutes, seconds, rest] = /^1\n(\d{2}):(\d{2}):(\d{2}),(\d{3}) /.exec(srt) ?? [];
        const read = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 + Number(rest);
        expect(read).toBe(milliseconds);
        expect(Math.max(Number(minutes), Number(seconds))).toBeLessThan(60);
      }),
    );
  });
});

describe('verbose JSON', () => {
  test('has the segments, the words or both, as asked', () => {
    const annotation = annotate(['eins zwei', 'drei']);
    const keys = (granularities?: ('word' | 'segment')[]) =>
      Object.keys(
        writeTranscript(annotation, {
          response_format: 'verbose_json',
          ...(granularities ? { timestamp_granularities: granularities } : {}),
        }),
      ).filter((key) => key === 'words' || key === 'segments');
    expect(keys()).toEqual(['segments']);
    expect(keys(['word'])).toEqual(['words']);
    expect(keys(['word', 'segment'])).toEqual(['words', 'segments']);
  });

  test('names the language, and how sure the times are, as Whisper does', () => {
    const verbose = writeTranscript(annotate(['eins zwei']), { response_format: 'verbose_json' });
    expect(verbose).toMatchObject({
      language: 'german',
      duration: 2,
      segments: [{ id: 0, start: 0, end: 2, text: 'eins zwei', avg_logprob: Math.log(0.5) }],
    });
  });
});
