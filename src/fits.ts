import type { Static, TSchema } from '@sinclair/typebox';
import { type TypeCheck, TypeCompiler } from '@sinclair/typebox/compiler';

const compiled = new WeakMap<TSchema, TypeCheck<TSchema>>();

/**
 * Whether `value` is of the type that `schema` describes. The schema is compiled when it is first asked about, so it
 * should be one that stays: on what every request passes, a compiled check is some fifty times faster.
 */
export function fits<Schema extends TSchema>(schema: Schema, value: unknown): value is Static<Schema> {
  let check = compiled.get(schema);
  if (!check) {
    check = TypeCompiler.Compile<TSchema>(schema);
    compiled.set(schema, check);
  }
  return check.Check(value);
}
