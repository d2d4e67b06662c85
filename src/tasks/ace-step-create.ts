import { Type } from '@sinclair/typebox';
import { expectedAudio } from '../media/expected-media.ts';
import { type AudioFormat, audioFormats } from '../media/formats.ts';
import { Amount, usd } from './amount.ts';
import { chooseQuality } from './audio-quality.ts';
import { defineTask } from './define-task.ts';
import { choice, kilobitsPerSecond, languageCode, prompt, quality } from './fields.ts';
import { text } from './text-field.ts';

/** What a runner of `ace.step.create` is sent. */
export interface AceStepCreateParams {
  /** Comma-separated style, genre, instruments, mood. */
  tags: string;
  /** Lyrics with optional `[Section]` lines; empty for an instrumental. */
  lyrics: string;
  /** Exact length of the output. */
  durationSeconds: number;
  qualityPreset: 'standard' | 'high_quality';
  qualityKbps: number;
  outputFormat: AudioFormat;
  /** ISO 639-1. */
  language: string;
  seed: number;
  numInferenceSteps: number;
  guidanceScale: number;
}

/** ACE-Step's base model wants 30 to 60 steps. */
const presets = {
  standard: { durationSeconds: 60, quality: '128k', numInferenceSteps: 30, guidanceScale: 7 },
  high_quality: { durationSeconds: 108, quality: '192k', numInferenceSteps: 60, guidanceScale: 7 },
};

export const aceStepCreate = defineTask({
  name: 'ace.step.create',
  title: 'Make music',
  summary: 'Makes a song or an instrumental from tags and lyrics (ACE-Step).',
  engines: { gpu: 'ace-step', embedded: 'draft-music' },
  example: {
    tags: 'anthemic electro-pop, wide stereo synths, punchy drum transients',
    lyrics: '[Verse]\nWe were shadows in a crowded room\nNow the skyline sings our names',
    durationSeconds: 30,
    language: 'en',
  },
  fields: {
    tags: prompt('Style, genre, instruments and mood, separated by commas.'),
    lyrics: text({
      charactersMin: 0,
      charactersMax: 10_000,
      default: '',
      description: 'What is sung, with `[Section]` lines; empty for an instrumental.',
    }),
    qualityPreset: choice(['standard', 'high_quality'], {
      default: 'standard',
      description:
        'standard: 60 s at 128k. high_quality: 108 s at 192k, richer sampler. Given fields override it.',
    }),
    durationSeconds: Type.Optional(
      Type.Number({ minimum: 15, maximum: 240, description: "Exact length; the preset's when left out." }),
    ),
    quality: Type.Optional(quality({ description: "Bit rate of mp3 and opus; the preset's when left out." })),
    outputFormat: choice(audioFormats, { default: 'mp3', description: 'File format.' }),
    language: languageCode('Language of the lyrics'),
  },
  media: {},
  prices: {
    minimumMicros: Type.Integer({ minimum: 0 }),
    perKilobitMicros: Type.Integer({ minimum: 0 }),
  },
  resolve(values, { adjust, isGiven }) {
    const { tags, lyrics, qualityPreset, outputFormat, language } = values;
    const preset = presets[qualityPreset];
    const asked = values.quality ?? preset.quality;
    return {
      ...{ tags, lyrics, qualityPreset, outputFormat, language },
      durationSeconds: values.durationSeconds ?? preset.durationSeconds,
      quality: chooseQuality(
        { quality: asked, isGiven: isGiven('quality'), outputFormat, isPriced: true },
        adjust,
      ),
      numInferenceSteps: preset.numInferenceSteps,
      guidanceScale: preset.guidanceScale,
    };
  },
  price({ durationSeconds, quality }, prices) {
    const kbps = kilobitsPerSecond(quality);
    const minimum = Amount.micros(prices.minimumMicros);
    const sound = Amount.micros(prices.perKilobitMicros).times(durationSeconds).times(kbps);
    const rate = usd(prices.perKilobitMicros);
    const basis = [`${durationSeconds} s × ${kbps} kbps × ${rate} = ${sound.inWords()}`];
    if (sound.isBelow(minimum)) basis.push(`at least ${minimum.inWords()}`);
    return { amountMicros: sound.atLeast(minimum).roundedUp(), basis };
  },
  workload: ({ durationSeconds, numInferenceSteps }) => ({
    units: (durationSeconds * numInferenceSteps) / presets.standard.numInferenceSteps,
    unit: 'output-second',
  }),
  output: ({ outputFormat, durationSeconds }) => expectedAudio(outputFormat, durationSeconds),
  runnerParams: ({ quality, ...effective }): AceStepCreateParams => ({
    ...effective,
    qualityKbps: kilobitsPerSecond(quality),
  }),
});
