import { type SchemaOptions, type TLiteral, type TUnion, Type } from '@sinclair/typebox';
import { imageFormats } from '../media/formats.ts';
import { text } from './text-field.ts';

/** Fields that several tasks share. A field with a `default` is optional for the client; see `defineTask`. */

const seedMax = 2 ** 32 - 1;

/** Every task has it; a request without one gets a drawn seed, shown in its effective input. */
export const seedField = Type.Integer({
  minimum: 0,
  maximum: seedMax,
  description: 'The same effective input and seed give the same output. Drawn when left out.',
});

/** Opt-in of the image tasks. */
export const highDetailField = Type.Boolean({
  default: false,
  description: 'Half as many inference steps again, at half as much again of the price.',
});

export function prompt(description: string) {
  return text({ charactersMax: 4000, description });
}

/** One of a few words or numbers. Words are read in any case; `x-spellings` names others for them. */
export function choice<const Value extends string | number>(
  values: readonly Value[],
  options: SchemaOptions,
): TUnion<TLiteral<Value>[]> {
  return Type.Union(
    values.map((value) => Type.Literal(value)),
    { 'x-spellings': {}, ...options },
  );
}

/** File format of a picture. */
export function imageFormat() {
  return choice(imageFormats, {
    default: 'webp',
    description: 'File format.',
    'x-spellings': { jpeg: 'jpg' },
  });
}

/** One side of a picture in pixels. */
export function side(which: string) {
  return Type.Integer({
    minimum: 64,
    maximum: 4096,
    multipleOf: 32,
    description: `${which} of the output in pixels, with the other side; together at most 4 MP (4,194,304 pixels).`,
  });
}

/** Bit rate of the sound: `"128k"`, or the number alone. */
export function quality(options: SchemaOptions) {
  const bitRate = '^(6[4-9]|[7-9][0-9]|[12][0-9]{2}|3[01][0-9]|320)k?$';
  return Type.Union([Type.String({ pattern: bitRate }), Type.Integer({ minimum: 64, maximum: 320 })], {
    'x-expects': 'a bit rate from "64k" to "320k"',
    'x-spellings': {},
    ...options,
  });
}

/** `"128k"`, `"128"` and 128 are all 128. */
export function kilobitsPerSecond(quality: string | number): number {
  return Number.parseInt(String(quality), 10);
}

/** Two letters of ISO 639-1. */
export function languageCode(description: string) {
  return Type.String({
    pattern: '^[a-z]{2}$',
    default: 'en',
    description: `${description}, as ISO 639-1 code.`,
    'x-expects': 'a language code of two letters such as "en" (ISO 639-1)',
    'x-spellings': {},
  });
}
