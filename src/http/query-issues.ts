import { KindGuard, type TObject, type TSchema } from '@sinclair/typebox';
import type { AnyElysia } from 'elysia';
import type { InputIssue } from '../errors.ts';
import { inputIssues } from '../tasks/input-issues.ts';

/** What each route takes as its query, by method and path. */
export type QuerySchemas = Map<string, TObject>;

/** Reads them off an application whose routes are all there. */
export function readQuerySchemas({ routes }: AnyElysia, into: QuerySchemas): void {
  for (const { method, path, hooks } of routes) {
    const schema: unknown = hooks.query;
    if (KindGuard.IsObject(schema)) into.set(`${method} ${path}`, schema);
  }
}

/**
 * Every way in which a query breaks its schema. Elysia reads numbers out of their texts, and when one of them is
 * refused, its error has lost the name of the field: so the whole query is looked through again, with numbers for texts.
 * @param query as it came, all texts
 */
export function queryIssues(schema: TObject, query: Record<string, unknown>): InputIssue[] {
  const read = Object.entries(query).map(([name, value]) => {
    const property = schema.properties[name];
    return [name, property && isNumber(property) ? numberOf(value) : value];
  });
  return inputIssues(schema, Object.fromEntries(read), '');
}

/** Elysia's numbers of a query are unions with their text. */
function isNumber(schema: TSchema): boolean {
  const variants: TSchema[] = Array.isArray(schema['anyOf']) ? schema['anyOf'] : [];
  return variants.some(({ format }) => format === 'integer' || format === 'numeric');
}

/** The text itself where it is no number. */
function numberOf(value: unknown): unknown {
  if (typeof value !== 'string' || value.trim() === '') return value;
  const number = Number(value);
  return Number.isFinite(number) ? number : value;
}
