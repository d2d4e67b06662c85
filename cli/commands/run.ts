import { answerOf } from '../answer.ts';
import { answer, type Appliance, type Context, defineCommand, findAppliance } from '../command.ts';
import { BadUsage, exitCodes, Failure, Interrupted } from '../failure.ts';
import { finishJob } from '../finish-job.ts';
import { followJob } from '../follow-job.ts';
import { dollars } from '../format.ts';
import { bodyOf, type JobRequest, readJobRequest, requestHelp, requestOptions } from '../job-request.ts';
import { fingerprintOf, type PendingRun, startRun, takeUpRun } from '../pending-run.ts';
import { runsFolder } from '../settings.ts';
import { submitJob } from '../submit-job.ts';
import { adjustmentWords, quoteWords } from './quote.ts';

export const run = defineCommand({
  name: 'run',
  usage: 'TASK [FIELD=VALUE …]',
  summary: 'Makes something: quotes, asks where it costs money, submits, waits, saves the files.',
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
      const exitCode = await submitAndFinish(context, appliance, { request, pending, folder });
      await pending.forget();
      return exitCode;
    } catch (error) {
      if (!mayBeTakenUp(error)) await pending.forget();
      throw error;
    }
  },
});

/** @throws Failure the person, or the balance, is against it */
async function beginRun(
  context: Context,
  appliance: Appliance,
  { request, mayAsk }: { request: JobRequest; mayAsk: boolean },
): Promise<PendingRun> {
  const folder = runsFolder(context.environment);
  const fingerprint = await fingerprintOf(appliance, request);
  const begun = await takeUpRun(folder, fingerprint);
  if (begun) {
    context.terminal.say('The same was begun before and never came to its end: going on with it.');
    return begun;
  }
  if (mayAsk) await confirm(context, appliance, request);
  return startRun(folder, fingerprint);
}

/** Quotes, and asks where it costs something. @throws Failure */
async function confirm({ terminal }: Context, { client }: Appliance, request: JobRequest): Promise<void> {
  const quote = await answerOf(client.api.v1.media.quote.post(bodyOf(request)));
  const { amountUsd, balanceUsd, isCovered } = quote.billing;
  if (amountUsd === 0) return;
  if (!isCovered) {
    const message = `It costs ${dollars(amountUsd)}, and the balance is ${dollars(balanceUsd)}.`;
    throw new Failure(message, {
      exitCode: exitCodes.balance,
      code: 'insufficient_balance',
      details: quote.billing,
    });
  }
  if (!terminal.isInteractive)
    throw new BadUsage(`It costs ${dollars(amountUsd)}: say --yes to spend it without being asked.`);
  terminal.say(quoteWords(quote));
  const said = await terminal.ask(`Spend ${dollars(amountUsd)}? [y/N] `);
  if (!/^y(es)?$/i.test(said ?? '')) throw new Interrupted('Nothing was submitted.');
}

/** @param options.folder null: nobody waits for the job */
async function submitAndFinish(
  context: Context,
  appliance: Appliance,
  options: { request: JobRequest; pending: PendingRun; folder: string | null },
): Promise<number> {
  const { request, pending, folder } = options;
  const { idempotencyKey } = pending;
  context.interruption.heed();
  const submitted = await submitJob(context, appliance, { request, idempotencyKey });
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
