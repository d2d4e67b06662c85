import { Type } from '@sinclair/typebox';
import { expectedAudio } from '../media/expected-media.ts';
import { type AudioFormat, audioFormats } from '../media/formats.ts';
import { Amount, usd } from './amount.ts';
import { chooseQuality } from './audio-quality.ts';
import { defineTask } from './define-task.ts';
import { choice, kilobitsPerSecond, prompt, quality } from './fields.ts';

/** What a runner of `moss.sound.effect` is sent. */
export interface MossSoundEffectParams {
  prompt: string;
  /** Exact length of the output. */
  durationSeconds: number;
  qualityKbps: number;
  outputFormat: AudioFormat;
  topK: number;
  maxNewTokens: number;
  seed: number;
}

export const mossSoundEffect = defineTask({
  name: 'moss.sound.effect',
  title: 'Make a sound effect',
  summary: 'Makes a sound effect of 1 to 30 seconds from a description (MOSS).',
  engines: { gpu: 'moss-sound-effect', embedded: 'draft-effects' },
  example: {
    prompt: 'A sharp pistol shot in a dry canyon with a quick mechanical click and short tail echo.',
    durationSeconds: 2,
  },
  fields: {
    prompt: prompt('What is heard.'),
    durationSeconds: Type.Number({ minimum: 1, maximum: 30, default: 5, description: 'Exact length.' }),
    quality: quality({ default: '128k', description: 'Bit rate of mp3 and opus.' }),
    outputFormat: choice(audioFormats, { default: 'mp3', description: 'File format.' }),
    topK: Type.Integer({
      minimum: 1,
      maximum: 500,
      default: 50,
      description: 'How many likely tokens the sampler chooses from.',
    }),
    maxNewTokens: Type.Integer({
      minimum: 64,
      maximum: 8192,
      default: 1024,
      description: 'Upper bound of the generated tokens; part of the price.',
    }),
  },
  media: {},
  prices: {
    minimumMicros: Type.Integer({ minimum: 0 }),
    perSecondMicros: Type.Integer({ minimum: 0 }),
    perTokenMicros: Type.Integer({ minimum: 0 }),
  },
  resolve(values, { adjust, isGiven }) {
    const { prompt, durationSeconds, outputFormat, topK, maxNewTokens } = values;
    const asked = { quality: values.quality, isGiven: isGiven('quality'), outputFormat, isPriced: false };
    const chosen = chooseQuality(asked, adjust);
    return { prompt, durationSeconds, quality: chosen, outputFormat, topK, maxNewTokens };
  },
  price({ durationSeconds, maxNewTokens }, prices) {
    const minimum = Amount.micros(prices.minimumMicros);
    const seconds = Amount.micros(prices.perSecondMicros).times(durationSeconds);
    const amount = seconds.plus(Amount.micros(prices.perTokenMicros).times(maxNewTokens));
    const basis = [
      `${durationSeconds} s × ${usd(prices.perSecondMicros)} + ${maxNewTokens} tokens × ${usd(prices.perTokenMicros)} = ${amount.inWords()}`,
    ];
    if (amount.isBelow(minimum)) basis.push(`at least ${minimum.inWords()}`);
    return { amountMicros: amount.atLeast(minimum).roundedUp(), basis };
  },
  workload: ({ durationSeconds }) => ({ units: durationSeconds, unit: 'output-second' }),
  output: ({ outputFormat, durationSeconds }) => expectedAudio(outputFormat, durationSeconds),
  runnerParams: ({ quality, ...effective }): MossSoundEffectParams => ({
    ...effective,
    qualityKbps: kilobitsPerSecond(quality),
  }),
});
