import { agreeToPrice } from '../agree-to-price.ts';
import { answer, type Appliance, type Context, defineCommand, findAppliance } from '../command.ts';
import { exitCodes, Failure } from '../failure.ts';
import { finishJob } from '../finish-job.ts';
import { followJob } from '../follow-job.ts';
import type { SubmittedJob } from '../job.ts';
import { type JobRequest, readJobRequest, requestHelp, requestOptions } from '../job-request.ts';
import { fingerprintOf, type PendingRun, startRun, takeUpRun } from '../pending-run.ts';
import { runsFolder } from '../settings.ts';
import { submitJob } from '../submit-job.ts';
import { adjustmentWords } from './quote.ts';

export const run = defineCommand({
  name: 'run',
  usage: 'TASK [FIELD=VALUE …]',
  summary: 'Makes something: asks where it costs money, submits, waits, saves the files.',
  help: `${requestHelp}
--out FOLDER       where its files are saved; default: here
--no-wait          prints the job's id as soon as it is queued
--yes              spends without asking

Ctrl-C asks whether to cancel the job (and cancels it where nobody can be asked). A run that lost the
appliance is taken up by the same command: it is not paid for twice.`,
  options: {
    ...requestOptions,
    out: { type: 'string', default: '.' },
    'no-wait': { type: 'boolean', default: false },
    yes: { type: 'boolean', default: false },
  },
  async run(context, given) {
    const { values } = given;
    const appliance = await findAppliance(context);
    const request = await readJobRequest(appliance, given);
    const pending = await beginRun(context, appliance, { request, mayAsk: !values.yes });
    try {
      const folder = values['no-wait'] ? null : values.out;
      const exitCode = await submitAndFinish(context, appliance, {
        request,
        pending,
        mayAsk: !values.yes,
        folder,
      });
      await pending.forget();
      return exitCode;
    } catch (error) {
      if (!mayBeTakenUp(error)) await pending.forget();
      throw error;
    }
  },
});

interface AgreedRun {
  request: JobRequest;
  pending: PendingRun;
  /** Else everything is agreed to. */
  mayAsk: boolean;
}

/** Takes up a run, or begins one: what costs nothing is agreed to, and everything where nobody is to be asked. */
async function beginRun(
  context: Context,
  appliance: Appliance,
  { request, mayAsk }: { request: JobRequest; mayAsk: boolean },
): Promise<PendingRun> {
  const folder = runsFolder(context.environment);
  const fingerprint = await fingerprintOf(appliance, request);
  const begun = await takeUpRun(folder, fingerprint);
  if (!begun) return startRun(folder, { fingerprint, agreedMicros: mayAsk ? 0 : null });
  context.terminal.say('The same was begun before and never came to its end: going on with it.');
  return begun;
}

/**
 * Submits, and asks where it costs more than was agreed to: so files are sent once where it costs nothing, and a price
 * that has changed since it was told is told again.
 */
async function submitAsAgreed(
  context: Context,
  appliance: Appliance,
  { request, pending, mayAsk }: AgreedRun,
): Promise<SubmittedJob> {
  for (;;) {
    try {
      return await submitJob(context, appliance, { request, pending });
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'price_changed') throw error;
      await pending.agreeTo(mayAsk ? await agreeToPrice(context, error) : null);
    }
  }
}

/** @param options.folder null: nobody waits for the job */
async function submitAndFinish(
  context: Context,
  appliance: Appliance,
  options: AgreedRun & { folder: string | null },
): Promise<number> {
  const { folder } = options;
  context.interruption.heed();
  const submitted = await submitAsAgreed(context, appliance, options);
  const { jobId, inputAdjustments } = submitted;
  for (const adjustment of inputAdjustments) context.terminal.say(adjustmentWords(adjustment));
  if (folder === null) {
    answer(context, submitted, jobId);
    return exitCodes.done;
  }
  const job = await followJob(context, appliance, { jobId, mayCancel: true });
  return finishJob(context, job, folder);
}

/** What ended this program, but not its job: the same command goes on with it. */
function mayBeTakenUp(error: unknown): boolean {
  if (!(error instanceof Failure)) return true;
  return (
    error.exitCode === exitCodes.unreachable || ['submit_unknown', 'download_failed'].includes(error.code)
  );
}
