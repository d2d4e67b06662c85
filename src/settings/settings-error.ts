import type { TSchema } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';

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
    problems.set(key, `${key} = ${given} (${origin(key)}): ${describeRule(error.schema, error.message)}`);
  }
  return [...problems.values()];
}

function describeRule(schema: TSchema, message: string): string {
  const choices: unknown = schema.anyOf;
  if (!Array.isArray(choices)) return message;
  return `expected one of ${choices.map((choice: { const?: unknown }) => JSON.stringify(choice.const)).join(', ')}`;
}
