import type { JobParts } from '../../jobs/parts.ts';
import { chooseEngine } from '../../jobs/choose-engine.ts';
import { ModelNotInstalled } from '../../jobs/model-not-installed.ts';
import type { MediaReference } from '../../media/media-input.ts';
import type { StagedMedia } from '../../media/staged-media.ts';
import type { CreditPackage } from '../../settings/schema.ts';
import { usd } from '../../tasks/amount.ts';
import { tasks } from '../../tasks/registry.ts';
import type { Task } from '../../tasks/task.ts';
import { fieldRows, type FieldRow } from './field-rows.ts';

/** What a document about this appliance is written from. Everything in it is known elsewhere; nothing is kept here. */
export interface Box {
  /** Base of every URL, without a slash at its end. */
  origin: string;
  version: string;
  tasks: TaskFacts[];
  promiseHours: number;
  deleteHours: number;
  packages: readonly CreditPackage[];
}

export interface TaskFacts {
  name: string;
  title: string;
  summary: string;
  /** Which engine makes it here and now, or why none can. */
  engine: string;
  fields: FieldRow[];
  example: Record<string, unknown>;
  /** What the example costs, and how that comes about. */
  price: string;
}

export type BoxParts = Pick<JobParts, 'pricing' | 'models' | 'rules'> & {
  version: string;
  packages: readonly CreditPackage[];
};

/** The appliance as it is now: an installed model or another price shows at once. */
export function describeBox(parts: BoxParts, origin: string): Box {
  const { version, packages, rules } = parts;
  const { promiseHours, deleteHours } = rules;
  const facts = [...tasks.values()].map((task) => describeTask(parts, task));
  return { origin, version, tasks: facts, promiseHours, deleteHours, packages };
}

function describeTask(parts: BoxParts, task: Task): TaskFacts {
  const { name, title, summary, example, inputSchema } = task;
  const price = describePrice(parts, task);
  return {
    name,
    title,
    summary,
    engine: describeEngine(parts, task),
    fields: fieldRows(inputSchema),
    example,
    price,
  };
}

function describeEngine({ models, rules, pricing }: BoxParts, task: Task): string {
  try {
    const { engine, model, draft } = chooseEngine(task, rules, (name) => models.usability(name));
    if (!draft) return `${model} (${engine})`;
    const price = pricing.draftMultiplier === 0 ? 'free' : `${pricing.draftMultiplier} × the price`;
    return `${model}: a draft without a model, ${price}`;
  } catch (error) {
    if (!(error instanceof ModelNotInstalled)) throw error;
    return error.message;
  }
}

function describePrice({ pricing }: BoxParts, task: Task): string {
  const checked = task.check(task.example, pricing.byTask.get(task.name));
  if (!checked.ok) throw new Error(`The example of ${task.name} is not valid.`);
  const files = new Map(checked.value.media.map((reference) => [reference.pointer, usualFile(reference)]));
  const resolved = checked.value.resolve(files, 0);
  if (!resolved.ok) throw new Error(`The example of ${task.name} is refused.`);
  const { amountMicros, basis } = resolved.value.price;
  return `${usd(amountMicros)} for the example (${basis.join('; ')})`;
}

/** A file as it may well be, for an example that names one. */
function usualFile({ kind, stem, pointer }: MediaReference): StagedMedia {
  const facts = {
    image: { width: 1024, height: 1024 },
    audio: { durationSeconds: 6 },
    video: {
      ...{ width: 1280, height: 704, durationSeconds: 5, frames: 150, hasAudio: true },
      frameRate: { numerator: 30, denominator: 1 },
    },
  }[kind];
  return { kind, name: stem, mimeType: `${kind}/*`, bytes: 0, sha256: pointer, source: 'example', ...facts };
}
