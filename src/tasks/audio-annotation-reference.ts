import { Type } from '@sinclair/typebox';
import { characterCount } from './characters.ts';
import { defineTask } from './define-task.ts';
import { bandPrice, textBandPrices } from './duration-bands.ts';
import { choice, languageCode } from './fields.ts';
import { text } from './text-field.ts';

/** What a runner of `audio.annotation.reference` is sent. */
export interface AudioAnnotationReferenceParams {
  sourceAudioPath: string;
  /** Lyrics or speech with optional `[Section]` lines; null when none was given. */
  transcript: string | null;
  /** ISO 639-1, e.g. `en`. */
  language: string;
  transcriptionModel: string;
  device: 'auto' | 'cuda' | 'cpu';
  seed: number;
}

const transcriptionModels = [
  'distil-large-v3',
  'large-v3',
  'large-v3-turbo',
  'medium',
  'small',
  'base',
  'tiny',
] as const;

/** Where the recording's length is unknown, which a staged one's never is. */
const unknownSeconds = 120;

export const audioAnnotationReference = defineTask({
  name: 'audio.annotation.reference',
  title: 'Annotate a recording',
  summary: 'Writes down words with their times, sections and beats of a recording as JSON (Whisper).',
  engines: { gpu: 'whisper', embedded: 'draft-annotation' },
  example: {
    sourceAudioUrl: 'https://cdn.example.com/input/country-heart-edit.mp3',
    transcript:
      '[Intro]\nBoots on the porch and a laptop glow,\nI mint an A P I key before the roosters crow.',
    language: 'en',
  },
  fields: {
    transcript: Type.Optional(
      text({
        charactersMax: 20_000,
        description: 'The lyrics or speech, with `[Section]` lines; makes anchoring and sections reliable.',
      }),
    ),
    language: languageCode('Language of the recording'),
    transcriptionModel: choice(transcriptionModels, {
      default: 'distil-large-v3',
      description: 'The Whisper model that hears the words.',
    }),
    device: choice(['auto', 'cuda', 'cpu'], { default: 'auto', description: 'Where the model runs.' }),
  },
  media: {
    sourceAudio: {
      kind: 'audio',
      aliases: ['sourceAudioUrl'],
      description: 'The recording.',
      stem: 'source-audio',
      required: true,
    },
  },
  prices: {
    ...textBandPrices,
    /** The length that is billed where no transcript tells it. */
    defaultSeconds: Type.Number({ minimum: 0 }),
  },
  resolve: ({ transcript, language, transcriptionModel, device }) => ({
    ...{ transcript: transcript ?? null, language, transcriptionModel, device },
  }),
  price({ transcript }, { charactersPerSecond, bands, defaultSeconds }) {
    const words = spokenText(transcript ?? '');
    return bandPrice(words === '' ? defaultSeconds : characterCount(words) / charactersPerSecond, bands);
  },
  workload: ({ sourceAudio }) => ({
    units: sourceAudio.durationSeconds ?? unknownSeconds,
    unit: 'input-second',
  }),
  runnerParams: ({ sourceAudio, ...effective }, pathOf): AudioAnnotationReferenceParams => ({
    ...effective,
    sourceAudioPath: pathOf(sourceAudio),
  }),
});

/** A transcript without its `[Section]` tags and without the white space that they leave. */
export function spokenText(transcript: string): string {
  return transcript
    .replaceAll(/\[[^\]\n]*\]/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
