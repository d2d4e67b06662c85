import { ApplianceError, type InputIssue, InvalidInput } from '../../errors.ts';
import type { Caller } from '../../identity/authenticate.ts';
import type { DeskRequest, JobDesk } from '../../jobs/desk.ts';
import { expectedFileUrl } from '../../jobs/plan-job.ts';
import type { ExpectedMedia } from '../../media/expected-media.ts';
import { MediaTooLarge, WrongMediaType } from '../../storage/media-refused.ts';
import { orderSteps } from './order-steps.ts';
import type { DraftStep, PricedPlan, PricedStep } from './plan.ts';
import { stepsUsed, withUrls } from './step-files.ts';

/** Where the files are that a plan names. */
export interface PlanFiles {
  /** The URL of a file of the account's, as a task takes it. @throws NotFound */
  assetUrl(accountId: string, assetId: string): string;
}

/** Of a step's input as JSON: room for any text that a task takes, and for many URLs. */
const inputCharactersMax = 100_000;

/** What a step asks of the desk. */
export function deskRequest(task: string, input: Record<string, unknown>): DeskRequest {
  return { task, input, priority: 'interactive', webhookUrl: null, origin: '' };
}

/**
 * Has every step checked and priced by its own task, those that build on others by what their outputs will be. The seed
 * of each is decided here, so that what is approved is what runs.
 * @throws InvalidInput with the issues of all steps, their paths below `/steps/<index>`
 * @throws ModelNotInstalled, Forbidden
 */
export async function pricePlan(
  parts: { desk: JobDesk; files: PlanFiles },
  caller: Caller,
  draft: readonly DraftStep[],
): Promise<PricedPlan> {
  const outputs = new Map<string, ExpectedMedia | null>();
  const issues: InputIssue[] = [];
  const steps: PricedStep[] = [];
  for (const step of orderSteps(draft)) {
    const path = `/steps/${draft.indexOf(step)}`;
    const without = stepsUsed(step.input).filter((id) => !outputs.get(id));
    if (without.length > 0) {
      issues.push(...unusable(path, without, outputs));
      continue;
    }
    try {
      const { expectedOutput, ...priced } = await priceStep(parts, caller, { step, outputs });
      outputs.set(step.id, expectedOutput);
      steps.push(priced);
    } catch (error) {
      issues.push(...issuesOf(error, path));
    }
  }
  if (issues.length > 0) throw new InvalidInput(issues);
  return {
    steps,
    amountMicros: sum(steps, ({ amountMicros }) => amountMicros),
    listMicros: sum(steps, ({ quote }) => quote.listMicros),
  };
}

async function priceStep(
  { desk, files }: { desk: JobDesk; files: PlanFiles },
  caller: Caller,
  { step, outputs }: { step: DraftStep; outputs: ReadonlyMap<string, ExpectedMedia | null> },
): Promise<PricedStep & { expectedOutput: ExpectedMedia | null }> {
  assertShort(step);
  const urls = new Set<unknown>();
  const input = withUrls(step.input, (file) => {
    const isOutput = 'fromStep' in file;
    const url = isOutput ? expectedFileUrl(file.fromStep) : files.assetUrl(caller.accountId, file.assetId);
    urls.add(url);
    return url;
  });
  const expected = new Map(
    [...outputs].flatMap(([id, media]) => (media ? [[expectedFileUrl(id), media] as const] : [])),
  );
  const { billing, effectiveInput, expectedOutput, ...quote } = await desk.quote(
    caller,
    deskRequest(step.task, input),
    expected,
  );
  assertTakenAsFiles(effectiveInput, urls);
  return {
    ...step,
    input: { ...step.input, seed: effectiveInput['seed'] },
    dependsOn: stepsUsed(step.input),
    amountMicros: billing.amountMicros,
    expectedOutput,
    quote: {
      ...{
        engine: quote.engine,
        draft: quote.draft,
        effectiveInput,
        inputAdjustments: quote.inputAdjustments,
      },
      ...{ listMicros: billing.listMicros, basis: billing.basis },
      durationSeconds: quote.estimate.durationSeconds,
    },
  };
}

/**
 * The seed doesn't count: it is decided here, and what was offered must be taken again when it is approved.
 * @throws InvalidInput a file is written out in the input: every look at the plan would send it along
 */
function assertShort({ input: { seed: _seed, ...input } }: DraftStep): void {
  const { length } = JSON.stringify(input);
  if (length <= inputCharactersMax) return;
  const message = `is ${length} characters of JSON, and a step has ${inputCharactersMax} at most: upload a file, and name it as {"assetId": "<id>"}.`;
  throw new InvalidInput([{ path: '/input', message }]);
}

/** @throws InvalidInput a file is named where a task reads text: it would be told the URL */
function assertTakenAsFiles(effectiveInput: Record<string, unknown>, urls: ReadonlySet<unknown>): void {
  const issues = Object.entries(effectiveInput)
    .filter(([, value]) => (Array.isArray(value) ? value : [value]).some((one) => urls.has(one)))
    .map(([field]) => ({ path: `/input/${field}`, message: 'takes no file.' }));
  if (issues.length > 0) throw new InvalidInput(issues);
}

function unusable(path: string, ids: readonly string[], outputs: ReadonlyMap<string, unknown>): InputIssue[] {
  // A step that was refused itself is told of once.
  return ids
    .filter((id) => outputs.has(id))
    .map((id) => ({
      path: `${path}/input`,
      message: `takes the output of ${id}, which is no picture, sound or film.`,
    }));
}

/** @throws what is no fault of the step's */
function issuesOf(error: unknown, path: string): InputIssue[] {
  if (error instanceof InvalidInput || error instanceof MediaTooLarge || error instanceof WrongMediaType)
    return error.issues.map((issue) => ({ ...issue, path: `${path}${issue.path}` }));
  if (error instanceof ApplianceError && error.status < 500 && error.status !== 403 && error.status !== 429) {
    return [{ path: `${path}/input`, message: error.message }];
  }
  throw error;
}

function sum(steps: readonly PricedStep[], of: (step: PricedStep) => number): number {
  return steps.reduce((total, step) => total + of(step), 0);
}
