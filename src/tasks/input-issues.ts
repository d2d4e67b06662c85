import type { TSchema } from '@sinclair/typebox';
import { Value, type ValueError, ValueErrorType } from '@sinclair/typebox/value';
import type { InputIssue } from '../errors.ts';
import { fits } from '../fits.ts';
import { characterCount } from './characters.ts';
import { nearestName } from './nearest-name.ts';

/** Beyond this many, a hopeless input gets only one more issue a known field. */
const issuesMax = 100;
/** What Elysia calls the text in which a query holds other types. */
const queryFormats = ['integer', 'numeric', 'boolean'];
/** A client's own field names are cut to this, so that nonsense isn't sent back whole. */
const pathCharactersMax = 200;

/**
 * Every way in which `value` breaks `schema`, one issue a field, in words that say what would be accepted.
 * A schema may say it in its own words with the keyword `x-expects`.
 * @param at JSON pointer of `value` itself
 */
export function inputIssues(schema: TSchema, value: unknown, at: string): InputIssue[] {
  if (fits(schema, value)) return [];
  const issues = new Map<string, InputIssue>();
  const fields = new Set<string | undefined>();
  for (const error of Value.Errors(schema, value)) {
    const field = error.path.split('/')[1];
    const isUnknown = error.type === ValueErrorType.ObjectAdditionalProperties;
    if (issues.size >= issuesMax && (isUnknown || fields.has(field))) continue;
    fields.add(field);
    for (const issue of issuesOf(error, at)) {
      // A missing or ill-typed field breaks several keywords at once; the first says it best.
      if (!issues.has(issue.path)) issues.set(issue.path, issue);
    }
  }
  return [...issues.values()];
}

function issuesOf(error: ValueError, at: string): InputIssue[] {
  const { schema, type, value } = error;
  const path = at + error.path;
  if (type === ValueErrorType.ObjectAdditionalProperties) return [unknownField(error, path)];
  if (type === ValueErrorType.Union && isPlainObject(value)) {
    const variant = variantsOf(schema).findIndex((candidate) => candidate['type'] === 'object');
    const nested = error.errors[variant];
    if (nested) return [...nested].flatMap((inner) => issuesOf(inner, at));
  }
  if (type === ValueErrorType.ObjectMinProperties) {
    const known = Object.keys(schema['properties']);
    return [{ path, message: `needs one of ${known.join(', ')}.`, allowed: known }];
  }
  const missing = type === ValueErrorType.ObjectRequiredProperty;
  const verb = missing ? 'is required:' : 'must be';
  const allowed = allowedBy(schema);
  return [
    {
      path,
      message: `${verb} ${expectation(schema)}${missing ? '' : given(value)}.`,
      ...(allowed ? { allowed } : {}),
    },
  ];
}

function unknownField(error: ValueError, path: string): InputIssue {
  const pointer = error.path.split('/').at(-1) ?? '';
  const name = pointer.replaceAll('~1', '/').replaceAll('~0', '~');
  const properties: Record<string, unknown> = error.schema['properties'];
  const refused: unknown = error.schema['x-refused'];
  if (isPlainObject(refused) && Object.hasOwn(refused, name)) {
    return { path, message: `is not a field: ${String(refused[name])}` };
  }
  const known = Object.keys(properties);
  const nearest = nearestName(name, known);
  const hint = nearest ? `did you mean \`${nearest}\`?` : `known are ${known.join(', ')}.`;
  return {
    path: path.length > pathCharactersMax ? `${path.slice(0, pathCharactersMax)}…` : path,
    message: `is not known; ${hint}`,
    allowed: nearest ? [nearest] : known,
  };
}

/** What `schema` accepts, in words: `a whole number from 9 to 601`. */
export function expectation(schema: TSchema): string {
  const own: unknown = schema['x-expects'];
  if (typeof own === 'string') return own;
  const variants = variantsOf(schema);
  if (variants.length > 0) return variants.map(expectation).join(' or ');
  if (schema['const'] !== undefined) return JSON.stringify(schema['const']);
  const type: unknown = schema['type'];
  switch (type) {
    case 'integer':
    case 'number':
      return `${isWhole(schema) ? 'a whole number' : 'a number'}${rangeWords(schema)}`;
    case 'boolean':
      return 'true or false';
    case 'string':
      return textWords(schema);
    case 'array':
      return `a list of ${schema['minItems'] ?? 0} to ${schema['maxItems'] ?? 'any number of'} items`;
    case 'null':
      return 'null';
    default:
      return 'an object';
  }
}

function textWords(schema: TSchema): string {
  const { minLength = 0, maxLength, pattern, format } = schema;
  if (pattern !== undefined) return `text that matches ${pattern}`;
  if (format !== undefined) return `text of the format ${format}`;
  if (maxLength === undefined) return minLength > 0 ? `text of at least ${minLength} characters` : 'text';
  return `text of ${minLength} to ${maxLength} characters`;
}

function isWhole(schema: TSchema): boolean {
  return schema['type'] === 'integer' || schema['multipleOf'] === 1;
}

function rangeWords(schema: TSchema): string {
  const { minimum, maximum } = schema;
  const atLeast = minimum === undefined ? '' : ` of at least ${minimum}`;
  const range = maximum === undefined ? atLeast : ` from ${minimum} to ${maximum}`;
  return schema['multipleOf'] === undefined || schema['multipleOf'] === 1
    ? range
    : `${range} that is a multiple of ${schema['multipleOf']}`;
}

function allowedBy(schema: TSchema): InputIssue['allowed'] | undefined {
  const allowed = (variantsOf(schema).length > 0 ? variantsOf(schema) : [schema]).flatMap((variant) => {
    if (variant['const'] !== undefined) return [variant['const']];
    if (variant['minimum'] === undefined) return [];
    const { minimum, maximum = '', multipleOf = 1 } = variant;
    return [`${minimum}..${maximum}${multipleOf === 1 ? '' : ` in steps of ${multipleOf}`}`];
  });
  return allowed.length > 0 ? allowed : undefined;
}

function given(value: unknown): string {
  if (typeof value === 'string' && value.length > 40) return `, not ${givenText(value)}`;
  if (Array.isArray(value)) return `, not a list of ${value.length}`;
  if (isPlainObject(value)) return ', not an object';
  return `, not ${JSON.stringify(value)}`;
}

function givenText(value: string): string {
  const count = characterCount(value);
  const inside = characterCount(value.trim());
  const blanks = inside === count ? '' : ` (${inside} without the white space around it)`;
  return `text of ${count} characters${blanks}`;
}

/** The schemas of a union. Elysia's numbers and booleans of a query are unions with text, which only it reads. */
function variantsOf(schema: TSchema): TSchema[] {
  const variants: TSchema[] = Array.isArray(schema['anyOf']) ? schema['anyOf'] : [];
  return variants.filter((variant) => {
    return variant['type'] !== 'string' || !queryFormats.includes(variant['format']);
  });
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
