import type { TProperties, TSchema } from '@sinclair/typebox';
import { fits } from '../fits.ts';
import { isPlainObject } from './input-issues.ts';
import { type MediaSlots, slotNames } from './media-slot.ts';
import type { InputAdjustment } from './task.ts';

/**
 * A request as its client means it: `null` is a field left out, as typed clients send it; a word may be written
 * in capitals or by another of its names, which is reported; blanks around a URL, the case of its scheme, and
 * the parameters of a file's type say nothing. What can't be understood stays as it is, for validation to refuse.
 */
export function normalizeInput(
  task: { fields: TProperties; media: MediaSlots },
  input: Record<string, unknown>,
): { input: Record<string, unknown>; respelled: InputAdjustment[] } {
  const files = new Set(Object.entries(task.media).flatMap(([name, slot]) => slotNames(name, slot)));
  const isKnown = (name: string) => Object.hasOwn(task.fields, name) || files.has(name) || name === 'seed';
  const respelled: InputAdjustment[] = [];
  const entries = Object.entries(input).filter(([name, value]) => value !== null || !isKnown(name));
  const normalized = entries.map(([name, value]): [string, unknown] => {
    if (files.has(name)) return [name, Array.isArray(value) ? value.map(plainFile) : plainFile(value)];
    const schema = Object.hasOwn(task.fields, name) ? task.fields[name] : undefined;
    const spelled = schema ? respell(schema, value) : value;
    if (spelled !== value) {
      respelled.push({ field: name, from: value, to: spelled, reason: 'spelled as the reference spells it' });
    }
    return [name, spelled];
  });
  return { input: Object.fromEntries(normalized), respelled };
}

/** The word of `schema` that `value` means: a schema with the keyword `x-spellings` ignores case and has synonyms. */
function respell(schema: TSchema, value: unknown): unknown {
  const synonyms: unknown = schema['x-spellings'];
  if (typeof value !== 'string' || !isPlainObject(synonyms)) return value;
  const asked = value.trim().toLowerCase();
  if (fits(schema, value)) return value;
  const variants: TSchema[] = schema['anyOf'] ?? [schema];
  const words: unknown[] = variants.map((variant) => variant['const']);
  const word = words.find((known) => typeof known === 'string' && known.toLowerCase() === asked);
  const synonym = Object.hasOwn(synonyms, asked) ? synonyms[asked] : undefined;
  const spelled = word ?? synonym ?? asked;
  return fits(schema, spelled) ? spelled : value;
}

function plainFile(value: unknown): unknown {
  if (typeof value === 'string') return plainUrl(value);
  if (!isPlainObject(value)) return value;
  const { dataBase64, mimeType } = value;
  return {
    ...value,
    ...(typeof dataBase64 === 'string' ? { dataBase64: plainUrl(dataBase64) } : {}),
    ...(typeof mimeType === 'string' ? { mimeType: mimeType.split(';')[0]?.trim().toLowerCase() } : {}),
  };
}

function plainUrl(url: string): string {
  return url.trim().replace(/^(https?|data):/i, (scheme) => scheme.toLowerCase());
}
