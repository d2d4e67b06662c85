import { ApplianceError } from '../../errors.ts';
import type { Caller } from '../../identity/authenticate.ts';
import type { JobDesk } from '../../jobs/desk.ts';
import type { JobView } from '../../jobs/job-view.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { Log } from '../../log.ts';
import type { Writer } from '../../db/writer.ts';
import { type Approvers, assertMayGoOn } from './assert-may-go-on.ts';
import { deskRequest, type PlanFiles } from './price-plan.ts';
import { PriceChanged, releaseShare } from './reserve.ts';
import { withUrls } from './step-files.ts';
import { stepCanceled } from './cancel-plan.ts';
import type { PlanStore } from './store.ts';
import type { Plan, PlanStep } from './tables.ts';

/** Where finished outputs are kept, so that they stay when their jobs' files are deleted. */
export interface KeepOutputs {
  /** @returns the ids of the files that they are now */
  keepOutputs(request: {
    accountId: string;
    projectId: string | null;
    jobId: string;
    title: string;
  }): Promise<string[]>;
}

export interface StepParts {
  store: PlanStore;
  desk: JobDesk;
  ledger: Ledger;
  writer: Writer;
  log: Log;
  approvers: Approvers;
  files: PlanFiles & KeepOutputs;
  /** The plan or one of its steps has changed. */
  changed: (plan: Plan) => void;
  /** Aborted when the appliance stops: what is under way then goes on at the next start. */
  signal: AbortSignal;
  /** Seconds before a step that found no room is tried again. */
  retrySeconds: number;
}

/** The appliance stops: nothing is decided about the step. */
export class Interrupted extends Error {
  constructor() {
    super('The appliance stops.');
    this.name = 'Interrupted';
  }
}

/** The plan was canceled meanwhile, and the step with it. */
class StepWithdrawn extends Error {
  constructor() {
    super('The step was canceled with its plan.');
    this.name = 'StepWithdrawn';
  }
}

/** Steps that find the queue or the disk full wait for this long together. */
const retriesMax = 120;
const waitSeconds = 3600;

/**
 * Submits a step whose inputs are there and sees it through to its end.
 * @returns whether it succeeded
 * @throws Interrupted
 */
export async function runStep(parts: StepParts, plan: Plan, step: PlanStep): Promise<boolean> {
  const { store, writer, log } = parts;
  try {
    const jobId = step.jobId ?? (await submitStep(parts, plan, step));
    const job = await untilEnded(parts, approver(plan), jobId);
    if (job.status !== 'succeeded') {
      await writer.persist(() => void store.moveStep(step, 'submitted', endOf(job, store.find(plan.id))));
      return false;
    }
    const assetIds = await keep(parts, plan, step, jobId);
    await writer.persist(() => void store.moveStep(step, 'submitted', { state: 'succeeded', assetIds }));
    return true;
  } catch (error) {
    if (parts.signal.aborted) throw new Interrupted();
    if (error instanceof StepWithdrawn) return false;
    log.warn('a step of a plan failed', { planId: plan.id, stepId: step.id, error });
    await giveUp(parts, plan, { step, state: 'failed', error });
    return false;
  }
}

function endOf({ status, error }: JobView, plan: Plan | undefined): Partial<PlanStep> {
  if (status === 'canceled' && plan && plan.cancelRequestedAt !== null) return stepCanceled;
  const { code, message } = error ?? { code: status, message: `The job was ${status}.` };
  return { state: 'failed', errorCode: code, errorMessage: message };
}

/** A step that never ran and never will: its share goes back. */
export function giveUp(
  { store, ledger, writer }: Pick<StepParts, 'store' | 'ledger' | 'writer'>,
  plan: Plan,
  { step, state, error }: { step: PlanStep; state: 'failed' | 'canceled'; error: unknown },
): Promise<void> {
  const { code, message } =
    error instanceof ApplianceError
      ? error
      : { code: 'internal_error', message: 'Something went wrong on our side.' };
  return writer.persist(() => {
    if (store.moveStep(step, 'waiting', { state, errorCode: code, errorMessage: message })) {
      releaseShare(ledger, plan, step);
    }
  });
}

/** @throws what `desk.submit` throws and no patience helps against */
async function submitStep(parts: StepParts, plan: Plan, step: PlanStep): Promise<string> {
  const { store, desk, ledger, files } = parts;
  const caller = approver(plan);
  for (let tries = 1; ; tries++) {
    assertWaits(store, step);
    assertMayGoOn(parts.approvers, caller);
    const input = withUrls(step.input, (file) =>
      'fromStep' in file
        ? outputUrl(parts, plan, file.fromStep)
        : files.assetUrl(plan.accountId, file.assetId),
    );
    const before = (job: { id: string; amountMicros: number }) => {
      // The plan may have been canceled while the files were read.
      assertWaits(store, step);
      if (job.amountMicros > step.amountMicros) {
        throw new PriceChanged('step', { approvedMicros: step.amountMicros, amountMicros: job.amountMicros });
      }
      releaseShare(ledger, plan, step);
    };
    const after = ({ id }: { id: string }) => {
      if (store.moveStep(step, 'waiting', { state: 'submitted', jobId: id })) return;
      throw new Error(`The step ${plan.id}/${step.id} does not wait any more.`);
    };
    try {
      const { jobId } = await desk.submit(caller, deskRequest(step.task, input), { before, after });
      parts.changed(plan);
      return jobId;
    } catch (error) {
      if (!canPass(error) || tries >= retriesMax) throw error;
      await pause(parts, step);
    }
  }
}

/** @throws StepWithdrawn */
function assertWaits(store: PlanStore, step: PlanStep): void {
  if (store.step(step)?.state !== 'waiting') throw new StepWithdrawn();
}

/** A full queue, a full disk, a part that is not ready. */
function canPass(error: unknown): boolean {
  return error instanceof ApplianceError && [429, 503, 507].includes(error.status);
}

async function pause({ store, signal, retrySeconds }: StepParts, step: PlanStep): Promise<void> {
  for (let passed = 0; passed < retrySeconds * 10; passed++) {
    if (signal.aborted) throw new Interrupted();
    assertWaits(store, step);
    await Bun.sleep(100);
  }
}

/** @throws Error the output of a step that succeeded is gone: more than two days have passed */
function outputUrl({ store, desk }: StepParts, plan: Plan, stepId: string): string {
  const jobId = store.steps(plan.id).find(({ id }) => id === stepId)?.jobId ?? '';
  const [url] = desk.find(approver(plan), { jobId, origin: '' }).downloadableOutputUrls;
  if (url !== undefined) return url;
  const message = `The output of the step ${stepId} is no longer there.`;
  throw new ApplianceError({ code: 'output_gone', status: 410, message });
}

async function untilEnded({ desk, signal }: StepParts, caller: Caller, jobId: string): Promise<JobView> {
  for (;;) {
    const job = await desk.wait(caller, { jobId, origin: '', seconds: waitSeconds, signal });
    if (job.finishedAt !== null) return job;
    if (signal.aborted) throw new Interrupted();
  }
}

/** What can't be kept is there for two days all the same. */
async function keep({ files, log }: StepParts, plan: Plan, step: PlanStep, jobId: string): Promise<string[]> {
  const { accountId, projectId } = plan;
  try {
    return await files.keepOutputs({ accountId, projectId, jobId, title: step.title });
  } catch (error) {
    log.warn('an output was not kept', { planId: plan.id, stepId: step.id, jobId, error });
    return [];
  }
}

/** Under whose name a plan's jobs are. */
export function approver({ id, approvedBy }: Plan): Caller {
  if (approvedBy === null) throw new Error(`Nobody approved ${id}.`);
  return approvedBy;
}
