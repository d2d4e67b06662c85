import { answerOf } from './answer.ts';
import type { Appliance, Context } from './command.ts';
import { exitCodes, Failure, Interrupted, Unreachable } from './failure.ts';
import { dollars, printable } from './format.ts';
import type { JobView } from './job.ts';
import { patienceMs } from './patience.ts';
import { watchJob } from './watch-job.ts';

/**
 * Watches a job to its end and shows how far it is.
 * @param options.mayCancel Ctrl-C asks whether to cancel it; where nobody can be asked, it does. Else the job just goes on
 * @throws Failure; Interrupted the person has left, `isCanceled` or not
 */
export async function followJob(
  context: Context,
  appliance: Appliance,
  options: { jobId: string; mayCancel: boolean },
): Promise<JobView> {
  const { terminal, interruption } = context;
  const { jobId } = options;
  for (;;) {
    try {
      return await watchToEnd(context, appliance, jobId);
    } catch (error) {
      terminal.showLive(null);
      if (error instanceof Failure && error.exitCode === exitCodes.unreachable)
        throw new Unreachable(`${error.message}\n${goesOn(jobId)}`, { code: 'no_answer', cause: error });
      if (!(error instanceof Interrupted)) throw error;
      const wish = options.mayCancel ? await askWhat(context) : 'leave';
      if (wish === 'cancel') throw await cancel(appliance, jobId);
      if (wish === 'leave') throw new Interrupted(goesOn(jobId));
      interruption.renew();
    }
  }
}

async function watchToEnd(context: Context, appliance: Appliance, jobId: string): Promise<JobView> {
  const { terminal, interruption, environment } = context;
  const watching = { jobId, signal: interruption.signal, patienceMs: patienceMs(environment) };
  let last: JobView | undefined;
  for await (const job of watchJob(appliance, watching)) {
    if (!terminal.isInteractive && job.status !== last?.status) terminal.say(`${jobId}: ${job.status}`);
    terminal.showLive(progressLine(job));
    last = job;
  }
  terminal.showLive(null);
  if (!last) throw new Error('A watch ends with the job.');
  return last;
}

function goesOn(jobId: string): string {
  return `The job may go on without you: killatamata wait ${jobId}, or cancel ${jobId}.`;
}

async function askWhat({ terminal }: Context): Promise<'cancel' | 'leave' | 'wait'> {
  if (!terminal.isInteractive) return 'cancel';
  const said = await terminal.ask('Cancel the job, leave it running, or go on waiting? [c/l/W] ');
  if (said === null || /^l/i.test(said)) return 'leave';
  return /^c/i.test(said) ? 'cancel' : 'wait';
}

async function cancel({ client }: Appliance, jobId: string): Promise<Interrupted> {
  const job = await answerOf(client.api.v1.media.jobs.delete({}, { query: { jobId } }));
  const back = job.billing.refunded ? ` ${dollars(job.billing.amountUsd)} came back.` : '';
  return new Interrupted(`${jobId} is ${job.status}.${back}`);
}

const barWidth = 24;

function progressLine({ task, status, queuePosition, progress }: JobView): string {
  if (status === 'queued')
    return `${task}  queued${queuePosition === null ? '' : `, place ${queuePosition}`}`;
  const full = Math.round(progress.fraction * barWidth);
  const bar = '━'.repeat(full) + '─'.repeat(barWidth - full);
  return `${task}  ${bar}  ${Math.floor(progress.fraction * 100)} %  ${printable(progress.stage)}`;
}
