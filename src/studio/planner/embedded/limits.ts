import type { TSchema } from '@sinclair/typebox';
import { findTask, tasks } from '../../../tasks/registry.ts';

/** What the tasks' own schemas allow, so that no limit is written down twice. */

/** @throws Error where a task has no such field: a mistake of the caller */
export function fieldOf(task: string, field: string): TSchema {
  const schema = findTask(task)?.inputSchema.properties[field];
  if (!schema) throw new Error(`${task} has no field ${field}.`);
  return schema;
}

/** The nearest number that the field takes. */
export function nearest(task: string, field: string, value: number): number {
  const schema = fieldOf(task, field);
  const variants: TSchema[] = schema['anyOf'] ?? [schema];
  const {
    minimum = -Infinity,
    maximum = Infinity,
    type,
  } = variants.find((one) => 'maximum' in one) ?? schema;
  const whole = type === 'integer' ? Math.round(value) : value;
  return Math.min(maximum, Math.max(minimum, whole));
}

/** The words or numbers that a field takes, where it takes only a few. */
export function choicesOf(task: string, field: string): unknown[] {
  const variants: TSchema[] = fieldOf(task, field)['anyOf'] ?? [];
  return variants.flatMap((variant) => ('const' in variant ? [variant['const']] : []));
}

/** Least and most characters of a text. */
export function lengthOf(task: string, field: string): { min: number; max: number } {
  const { minLength = 0, maxLength = Infinity } = fieldOf(task, field);
  return { min: minLength, max: maxLength };
}

/** As many characters of a text as the field takes, counted as the tasks count them. */
export function cutTo(task: string, field: string, text: string): string {
  return Array.from(text).slice(0, lengthOf(task, field).max).join('');
}

/** Whether a task has such a field, and its value would be taken as it is. */
export function takesChoice(task: string, field: string, value: unknown): boolean {
  const has = findTask(task)?.inputSchema.properties[field] !== undefined;
  return has && choicesOf(task, field).includes(value);
}

/** Every file format that some task makes, by each of its spellings. */
export const fileFormats: ReadonlyMap<string, string> = new Map(
  [...tasks.values()].flatMap(({ name, inputSchema }) => {
    const schema = inputSchema.properties['outputFormat'];
    if (!schema) return [];
    const spellings: Record<string, string> = schema['x-spellings'] ?? {};
    const plain = choicesOf(name, 'outputFormat').map((format) => [String(format), String(format)] as const);
    return [...plain, ...Object.entries(spellings)];
  }),
);

const letters = Array.from('abcdefghijklmnopqrstuvwxyz');
const names = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' });

/** English names of languages, and their codes in ISO 639-1. */
export const languages: ReadonlyMap<string, string> = new Map(
  letters
    .flatMap((first) => letters.map((second) => first + second))
    .flatMap((code) => {
      // Of codes that were replaced, both have the name.
      const isCurrent = Intl.getCanonicalLocales(code)[0] === code;
      const name = isCurrent ? names.of(code) : undefined;
      return name && /^[A-Z][a-z]+$/.test(name) ? [[name, code] as const] : [];
    }),
);
