import type { TSchema } from '@sinclair/typebox';
import { Value, type ValueError, ValueErrorType } from '@sinclair/typebox/value';

/** The start can't go on: names each bad key, its value, where it stands and what is allowed. */
export class SettingsError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`The settings are wrong:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'SettingsError';
  }
}

/** Describes each way in which `value` breaks `schema`, one line a problem. `origin` names the file or variable. */
export function describeProblems(schema: TSchema, value: unknown, origin: (key: string) => string): string[] {
  const problems = new Map<string, string>();
  for (const error of Value.Errors(schema, value)) {
    const key = error.path.slice(1).replaceAll('/', '.');
    if (problems.has(key)) continue;
    const given = JSON.stringify(error.value);
    problems.set(key, `${key} = ${given} (${origin(key)}): ${describeRule(error, key)}`);
  }
  return [...problems.values()];
}

function describeRule({ schema, type, message }: ValueError, key: string): string {
  if (typeof schema['x-expects'] === 'string') return `expected ${schema['x-expects']}`;
  if (type === ValueErrorType.ObjectAdditionalProperties) {
    const table = key.includes('.') ? `[${key.split('.')[0]}]` : 'this file';
    return `there is no such setting; ${table} has ${Object.keys(schema.properties).join(', ')}`;
  }
  const choices: unknown = schema.anyOf;
  if (!Array.isArray(choices)) return message;
  return `expected one of ${choices.map((choice: { const?: unknown }) => JSON.stringify(choice.const)).join(', ')}`;
}
