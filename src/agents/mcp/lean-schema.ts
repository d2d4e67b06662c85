import type { TSchema } from '@sinclair/typebox';
import { isPlainObject } from '../../tasks/input-issues.ts';
import { plainSchema } from '../../tasks/plain-schema.ts';

export type JsonObjectSchema = Record<string, unknown> & { type: 'object' };

/**
 * What a language model has no use for, and pays for with every request: how a text must look is checked by the
 * appliance and told by the field's description, and a task's examples are in its resource. `x-` is ours.
 */
const unread = /^(x-.*|title|examples|pattern|format)$/;
/** Of an answer, names say what fields mean. */
const unreadOfAnswers = /^(x-.*|title|examples|pattern|format|description|required)$/;

/** Providers refuse a tool whose schema combines others at its top level; the appliance checks those rules. */
const combining = new Set(['allOf', 'anyOf', 'oneOf', 'description']);

/** The schema of what a tool takes as it is in `tools/list`: every field with its type, in few words. */
export function leanObject(schema: TSchema): JsonObjectSchema {
  return asObject(leanPart(plainSchema(schema), unread));
}

/** The schema of what a tool answers: the same in fewer words. */
export function leanAnswer(schema: TSchema): JsonObjectSchema {
  const { required } = schema;
  const lean = asObject(leanPart(plainSchema(schema), unreadOfAnswers));
  return Array.isArray(required) ? { ...lean, required } : lean;
}

/** One field of what a tool takes. */
export function leanField(schema: TSchema): Record<string, unknown> {
  return leanPart(plainSchema(schema), unread);
}

function asObject(lean: Record<string, unknown>): JsonObjectSchema {
  const keywords = Object.entries(lean).filter(([keyword]) => !combining.has(keyword));
  return { ...Object.fromEntries(keywords), type: 'object' };
}

function leanPart(schema: Record<string, unknown>, dropped: RegExp): Record<string, unknown> {
  const { anyOf, items, properties, ...rest } = schema;
  const part = (value: unknown) => (isPlainObject(value) ? leanPart(value, dropped) : {});
  const keywords = Object.entries(rest).filter(([keyword]) => !dropped.test(keyword));
  // Names of fields are no keywords: one may be called `title`.
  const fields = Object.entries(isPlainObject(properties) ? properties : {});
  return {
    ...Object.fromEntries(keywords),
    ...(Array.isArray(anyOf) ? leanChoice(anyOf.map(part)) : {}),
    ...(isPlainObject(items) ? { items: part(items) } : {}),
    ...(properties === undefined
      ? {}
      : { properties: Object.fromEntries(fields.map(([name, field]) => [name, part(field)])) }),
  };
}

/** A bare type or null is two types. */
function leanChoice(options: Record<string, unknown>[]): Record<string, unknown> {
  const types = options.flatMap(({ type, ...more }) => (Object.keys(more).length === 0 ? [type] : []));
  return types.length === options.length ? { type: types } : { anyOf: options };
}
