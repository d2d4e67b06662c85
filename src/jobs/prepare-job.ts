import { randomInt } from 'node:crypto';
import { type InputIssue, InvalidInput } from '../errors.ts';
import type { MediaReference } from '../media/media-input.ts';
import type { StagedMedia } from '../media/staged-media.ts';
import { isPlainObject } from '../tasks/input-issues.ts';
import { nearestName } from '../tasks/nearest-name.ts';
import { findTask, tasks } from '../tasks/registry.ts';
import type { InputAdjustment, ResolvedJob, Task } from '../tasks/task.ts';
import { chargedMicros, chooseEngine, type ChosenEngine } from './choose-engine.ts';
import type { JobParts } from './parts.ts';
import { expectedFile, type ExpectedFiles } from './plan-job.ts';

/** A request with every value decided, its files staged, its engine chosen and its price known. */
export interface PreparedJob extends ResolvedJob {
  task: Task;
  engine: ChosenEngine;
  amountMicros: number;
  /** Where its files are staged until they are adopted or discarded; null when it brings none. */
  stagedFolder: string | null;
}

type PrepareParts = Pick<JobParts, 'staging' | 'runners' | 'models' | 'pricing' | 'rules'>;

/**
 * Checks a request, stages its files, resolves and prices it. Leaves no file behind when it throws.
 * @param expected files that are not there yet: for a plan, not for a job
 * @throws InvalidInput with every issue; ModelNotInstalled; what staging throws
 */
export async function prepareJob(
  parts: PrepareParts,
  request: { task: string; input: unknown },
  expected: ExpectedFiles = new Map(),
): Promise<PreparedJob> {
  const task = findTask(request.task);
  if (!task) throw new InvalidInput([unknownTask(request.task)]);
  const checked = task.check(request.input, parts.pricing.byTask.get(task.name));
  if (!checked.ok) throw new InvalidInput(checked.issues);
  const engine = chooseEngine(task, parts.rules, (model) => parts.models.usability(model));
  const { folder: stagedFolder, staged } = await stage(parts, checked.value.media, expected);
  try {
    const resolved = checked.value.resolve(staged, randomInt(2 ** 32));
    if (!resolved.ok) throw new InvalidInput(resolved.issues);
    const { price } = resolved.value;
    const unused = unusedAdjustments(parts, engine.model, request.input);
    const inputAdjustments = [...resolved.value.inputAdjustments, ...unused];
    const amountMicros = chargedMicros(price.amountMicros, engine.draft, parts.pricing.draftMultiplier);
    return { ...resolved.value, inputAdjustments, task, engine, amountMicros, stagedFolder };
  } catch (error) {
    if (stagedFolder !== null) await parts.staging.discardStaged(stagedFolder);
    throw error;
  }
}

/** What the client gave and the chosen engine can't honour. `null` is a field left out. */
function unusedAdjustments({ runners }: PrepareParts, model: string, input: unknown): InputAdjustment[] {
  const manifest = runners.all.find((runner) => runner.manifest.name === model)?.manifest;
  const given = new Map(isPlainObject(input) ? Object.entries(input) : []);
  return (manifest?.unusedParameters ?? []).flatMap((field) => {
    const from = given.get(field) ?? null;
    const reason = `the ${manifest?.engine} engine ${model} has no use for it`;
    return from === null ? [] : [{ field, from, to: null, reason }];
  });
}

type Staged = { folder: string | null; staged: ReadonlyMap<string, StagedMedia> };

async function stage(
  { staging }: PrepareParts,
  media: readonly MediaReference[],
  expected: ExpectedFiles,
): Promise<Staged> {
  const staged = new Map<string, StagedMedia>();
  const there: MediaReference[] = [];
  const issues: InputIssue[] = [];
  for (const reference of media) {
    const file = expectedFile(reference, expected);
    if (!file) there.push(reference);
    else if (file.kind === reference.kind) staged.set(reference.pointer, file);
    else issues.push(wrongKind(reference, file));
  }
  if (issues.length > 0) throw new InvalidInput(issues);
  if (there.length === 0) return { folder: null, staged };
  const outcome = await staging.stage(there);
  if (!outcome.ok) throw outcome.error;
  for (const [pointer, file] of outcome.staged) staged.set(pointer, file);
  return { folder: outcome.folder, staged };
}

function wrongKind({ pointer, kind }: MediaReference, file: StagedMedia): InputIssue {
  return { path: pointer, message: `will be ${file.kind}, not ${kind}.`, allowed: [kind] };
}

function unknownTask(name: string): InputIssue {
  const names = [...tasks.keys()];
  const nearest = nearestName(name, names);
  const hint = nearest === undefined ? '' : ` Did you mean ${nearest}?`;
  return { path: '/task', message: `There is no task ${JSON.stringify(name)}.${hint}`, allowed: names };
}
