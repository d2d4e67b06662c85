import { type InputIssue, InvalidInput } from '../../errors.ts';
import { expectedFile, expectedFileUrl } from '../../jobs/plan-job.ts';
import type { ExpectedMedia } from '../../media/expected-media.ts';
import type { MediaReference } from '../../media/media-input.ts';
import type { StagedMedia } from '../../media/staged-media.ts';
import type { Pricing } from '../../tasks/pricing.ts';
import { findTask, tasks } from '../../tasks/registry.ts';
import { orderSteps } from '../plans/order-steps.ts';
import type { DraftStep } from '../plans/plan.ts';
import { type StepFile, withUrls } from '../plans/step-files.ts';
import type { KnownFile } from './planner.ts';

/** The files that a step may take, by their URLs; null for one that no task takes. */
type Known = Map<string, ExpectedMedia | null>;

/**
 * Everything that the steps' own tasks have against a plan, with paths below `/steps/<index>`. As `pricePlan` does, but
 * of files it knows only what the planner was told, so that a planner can set its plan right before it answers.
 */
export function checkDraft(
  steps: readonly DraftStep[],
  { files, pricing }: { files: readonly KnownFile[]; pricing: Pick<Pricing, 'byTask'> },
): InputIssue[] {
  const known: Known = new Map(files.map((file) => [urlOf({ assetId: file.assetId }), mediaOf(file)]));
  try {
    return orderSteps(steps).flatMap((step) => {
      const { issues, output } = checkStep(step, known, pricing);
      known.set(urlOf({ fromStep: step.id }), output);
      const path = `/steps/${steps.indexOf(step)}`;
      return issues.map((issue) => ({ ...issue, path: `${path}${issue.path}` }));
    });
  } catch (error) {
    if (error instanceof InvalidInput) return [...error.issues];
    throw error;
  }
}

interface Checked {
  issues: readonly InputIssue[];
  output: ExpectedMedia | null;
}

function checkStep(step: DraftStep, known: Known, { byTask }: Pick<Pricing, 'byTask'>): Checked {
  const task = findTask(step.task);
  if (!task) {
    const allowed = [...tasks.keys()];
    return { issues: [{ path: '/task', message: 'is no task.', allowed }], output: null };
  }
  const checked = task.check(withUrls(step.input, urlOf), byTask.get(task.name));
  if (!checked.ok) return { issues: checked.issues, output: null };
  const staged = new Map<string, StagedMedia>();
  const issues = checked.value.media.flatMap((reference) => stage(reference, known, staged));
  if (issues.length > 0) return { issues, output: null };
  const resolved = checked.value.resolve(staged, 0);
  if (!resolved.ok) return { issues: resolved.issues, output: null };
  return { issues: [], output: resolved.value.expectedOutput };
}

/** Puts what is known of a file where its task looks for it. */
function stage(reference: MediaReference, known: Known, staged: Map<string, StagedMedia>): InputIssue[] {
  const { pointer: path, input, kind, durationSecondsMax = Infinity } = reference;
  const url = typeof input === 'string' ? input : '';
  const media = known.get(url);
  if (media === undefined) {
    return [{ path, message: 'is no file of the project and no output of another step.' }];
  }
  if (media?.kind !== kind) return [{ path, message: `is no ${kind}.` }];
  if ((media.durationSeconds ?? 0) > durationSecondsMax) {
    return [{ path, message: `lasts more than the ${durationSecondsMax} s that are taken.` }];
  }
  const file = expectedFile(reference, new Map([[url, media]]));
  if (file) staged.set(path, file);
  return [];
}

function urlOf(file: StepFile): string {
  return expectedFileUrl(
    'fromStep' in file ? `step/${file.fromStep}` : `asset/${encodeURIComponent(file.assetId)}`,
  );
}

function mediaOf({ kind, width, height, durationSeconds }: KnownFile): ExpectedMedia | null {
  if (kind !== 'image' && kind !== 'audio' && kind !== 'video') return null;
  return {
    ...{ kind, mimeType: `${kind}/*` },
    ...(width === undefined || height === undefined ? {} : { width, height }),
    ...(durationSeconds === undefined ? {} : { durationSeconds }),
  };
}
