import { Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { inputIssues, isPlainObject } from './input-issues.ts';
import { tasks } from './registry.ts';

/** What a draft of an embedded engine costs, as a multiple of its list price. */
const draftMultiplier = Type.Number({ minimum: 0, maximum: 100 });
const General = Type.Object({ draftMultiplier }, { additionalProperties: false });

/** The price list of the appliance: `config/pricing.toml`, checked. */
export interface Pricing {
  draftMultiplier: number;
  /** Each task's table by the task's name, as `Task.check` takes it. */
  byTask: ReadonlyMap<string, unknown>;
}

/** `config/pricing.toml` has tables, keys or values that it must not have, or lacks some. Names them all. */
export class InvalidPricing extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`The price list is invalid:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'InvalidPricing';
  }
}

const PriceList = Type.Object(
  {
    pricing: General,
    ...Object.fromEntries([...tasks].map(([name, task]) => [name, task.pricesSchema])),
  },
  { additionalProperties: false },
);

/**
 * Checks the parsed `config/pricing.toml`: `[pricing]` and one table a task, each with exactly its keys.
 * @throws InvalidPricing
 */
export function checkPricing(raw: unknown): Pricing {
  const issues = inputIssues(PriceList, raw, '');
  const general: unknown = isPlainObject(raw) ? raw['pricing'] : undefined;
  if (issues.length > 0 || !isPlainObject(raw) || !Value.Check(General, general)) {
    throw new InvalidPricing(issues.map(({ path, message }) => `${keyWords(path)} ${message}`));
  }
  return { ...general, byTask: new Map([...tasks.keys()].map((name) => [name, raw[name]])) };
}

/** A JSON pointer as TOML spells it: `["image.generate"] minimumMicros`. */
function keyWords(pointer: string): string {
  if (pointer === '') return 'The file';
  const [table = '', ...keys] = pointer.split('/').slice(1);
  const quoted = table.includes('.') ? `"${table}"` : table;
  return [`[${quoted}]`, keys.join('.')].filter((part) => part !== '').join(' ');
}
