import { type Static, Type } from '@sinclair/typebox';

/**
 * `annotation.json`, the output of `audio.annotation.reference`: what is sung or said when, in which section, on
 * which beat, and how far to trust it. Every engine of the task writes this. Times are seconds from the start of
 * the recording; an index is a place in the list of that name; ends are after starts.
 */

const seconds = Type.Number({ minimum: 0 });
const index = Type.Integer({ minimum: 0 });
const fraction = Type.Number({ minimum: 0, maximum: 1 });
const span = { startSeconds: seconds, endSeconds: seconds };

export const AnnotatedWord = Type.Object({
  index,
  /** As the transcript spells it, punctuation and all. */
  text: Type.String(),
  ...span,
  /** How sure the timing is: 1 certain, 0 a guess. */
  confidence: fraction,
  lineIndex: index,
});

export const AnnotatedLine = Type.Object({
  index,
  text: Type.String(),
  ...span,
  sectionIndex: Type.Union([index, Type.Null()]),
  words: Type.Array(index),
});

const sectionKinds = [
  ...(['intro', 'verse', 'pre-chorus', 'chorus', 'post-chorus', 'bridge', 'breakdown', 'drop'] as const),
  ...(['instrumental', 'solo', 'interlude', 'outro', 'other'] as const),
] as const;
export type SectionKind = (typeof sectionKinds)[number];
const SectionKind = Type.Unsafe<SectionKind>(Type.Union(sectionKinds.map((kind) => Type.Literal(kind))));

export const AnnotatedSection = Type.Object({
  index,
  /** A tag's text without brackets, or `Part 1`, … */
  label: Type.String(),
  kind: SectionKind,
  ...span,
  /** `tag`: the transcript says so. `novelty`: the sound changes there. */
  source: Type.Union([Type.Literal('tag'), Type.Literal('novelty')]),
});

export const AnnotatedBeats = Type.Object({
  /** Null where no beat was found. */
  tempoBpm: Type.Union([Type.Number({ exclusiveMinimum: 0 }), Type.Null()]),
  /** How regular the beat is. */
  confidence: fraction,
  timesSeconds: Type.Array(seconds),
  /** Beats that begin a bar of four; absent where none stand out. */
  downbeatIndices: Type.Optional(Type.Array(index)),
});

export const AnnotationQuality = Type.Object({
  /** Part of the words whose timing can be trusted; null without a transcript. */
  coverage: Type.Union([fraction, Type.Null()]),
  /** Mean of the words' confidence; null without a transcript. */
  meanConfidence: Type.Union([fraction, Type.Null()]),
  /** Words whose timing can't be trusted. */
  unmatchedWords: Type.Array(index),
  /** By how much two independent ways to place a word typically differ; null where there were not two. */
  driftSeconds: Type.Union([seconds, Type.Null()]),
  /** Plain sentences for people. */
  warnings: Type.Array(Type.String()),
});

export const Annotation = Type.Object(
  {
    schemaVersion: Type.Literal(1),
    engine: Type.Object({ name: Type.String(), version: Type.String() }),
    /** Made by an embedded engine, without a model. */
    draft: Type.Boolean(),
    comment: Type.Optional(Type.String()),
    source: Type.Object({
      durationSeconds: seconds,
      sampleRate: Type.Integer({ minimum: 1 }),
      channels: Type.Integer({ minimum: 1 }),
    }),
    /** ISO 639-1. */
    language: Type.String(),
    transcriptProvided: Type.Boolean(),
    /** The model that was asked for, and the one that listened: null where none did. */
    transcriptionModel: Type.Object({
      requested: Type.String(),
      used: Type.Union([Type.String(), Type.Null()]),
    }),
    lyrics: Type.Object({ text: Type.String(), lines: Type.Array(AnnotatedLine) }),
    words: Type.Array(AnnotatedWord),
    sections: Type.Array(AnnotatedSection),
    beats: AnnotatedBeats,
    /** Where somebody or something is heard. */
    speechSegments: Type.Array(Type.Object(span)),
    qa: AnnotationQuality,
  },
  { title: 'Audio annotation' },
);

export type Annotation = Static<typeof Annotation>;
export type AnnotatedWord = Static<typeof AnnotatedWord>;
export type AnnotatedLine = Static<typeof AnnotatedLine>;
export type AnnotatedSection = Static<typeof AnnotatedSection>;
export type AnnotatedBeats = Static<typeof AnnotatedBeats>;
export type AnnotationQuality = Static<typeof AnnotationQuality>;
