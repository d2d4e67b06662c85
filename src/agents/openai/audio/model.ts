import { t } from 'elysia';
import { file, model, oneOf, optional, seed, strict, unused } from '../model.ts';
import { voiceNames } from './voices.ts';

export const speechFormats = ['mp3', 'opus', 'aac', 'flac', 'wav', 'pcm'] as const;
export type SpeechFormat = (typeof speechFormats)[number];

export const Speak = t.Object(
  {
    model,
    input: t.String({
      description: 'What is said, in English: 40 to 600 characters.',
      examples: ['We launch at dawn, hold formation, and bring everyone home safely.'],
    }),
    voice: oneOf(voiceNames, 'A voice of about this sound is designed from words.'),
    instructions: optional(
      t.String({
        description: 'How the voice speaks; with the description of its sound at most 240 characters.',
        examples: ['Speak slowly, as if to a child.'],
      }),
    ),
    response_format: optional(oneOf(speechFormats, '`mp3` when left out. `pcm` is 24 kHz, mono, 16 bits.')),
    speed: optional(t.Number({ minimum: 0.25, maximum: 4, description: '1 is as it comes.', examples: [1] })),
    stream_format: optional(t.Literal('audio', { 'x-expects': '"audio": events are not sent' })),
    seed,
  },
  strict,
);

export const transcriptFormats = ['json', 'text', 'srt', 'vtt', 'verbose_json'] as const;

const list = <const Word extends string>(words: readonly Word[], description: string) =>
  optional(t.Array(oneOf(words, description), { maxItems: words.length }));

export const Transcribe = t.Object(
  {
    model,
    file,
    language: optional(
      t.String({
        pattern: '^[a-z]{2}$',
        'x-expects': 'a language code of two letters such as "en" (ISO 639-1)',
        description: '`en` when left out.',
        examples: ['en'],
      }),
    ),
    transcript: optional(
      t.String({
        description: 'Ours: the words of the recording where they are known; their times are then found.',
        examples: ['Boots on the porch and a laptop glow.'],
      }),
    ),
    response_format: optional(oneOf(transcriptFormats, '`json` when left out.')),
    timestamp_granularities: list(['word', 'segment'], 'For verbose_json; segments when left out.'),
    stream: optional(t.Literal(false, { 'x-expects': 'false: a transcript is not sent in parts' })),
    seed,
    prompt: unused,
    temperature: unused,
    chunking_strategy: unused,
  },
  strict,
);

export const Transcription = t.Object({
  text: t.String({ examples: ['Boots on the porch and a laptop glow.'] }),
  language: t.Optional(t.String({ examples: ['english'] })),
  duration: t.Optional(t.Number({ examples: [4.2] })),
  usage: t.Object({ type: t.Literal('duration'), seconds: t.Number({ examples: [4.2] }) }),
  words: t.Optional(
    t.Array(
      t.Object({
        word: t.String({ examples: ['Boots'] }),
        start: t.Number({ examples: [0.1] }),
        end: t.Number({ examples: [0.4] }),
      }),
    ),
  ),
  segments: t.Optional(
    t.Array(
      t.Object({
        id: t.Integer({ examples: [0] }),
        seek: t.Integer({ examples: [0] }),
        start: t.Number({ examples: [0.1] }),
        end: t.Number({ examples: [3.9] }),
        text: t.String({ examples: ['Boots on the porch and a laptop glow.'] }),
        tokens: t.Array(t.Integer(), { examples: [[]] }),
        temperature: t.Number({ examples: [0] }),
        avg_logprob: t.Number({ description: "Of the words' confidence in their times.", examples: [-0.2] }),
        compression_ratio: t.Number({ examples: [0.9] }),
        no_speech_prob: t.Number({ examples: [0] }),
      }),
    ),
  ),
});
export type Transcription = typeof Transcription.static;
