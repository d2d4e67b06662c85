import { answer, type Context } from './command.ts';
import { exitCodes } from './failure.ts';
import { dollars, printable } from './format.ts';
import { isTerminal, type JobView } from './job.ts';
import { saveOutputs } from './save-outputs.ts';

/**
 * Saves the files of a job and tells how it ended: on stdout the paths of its files, or its URLs where none is saved.
 * @param folder null: nothing is saved
 * @returns the exit code
 */
export async function finishJob(context: Context, job: JobView, folder: string | null): Promise<number> {
  const { terminal, interruption, isJson } = context;
  const isDone = job.status === 'succeeded';
  const saving = { folder: folder ?? '', signal: interruption.signal, terminal };
  terminal.say(endWords(job));
  const files = isDone && folder !== null ? await saveOutputs(job, saving) : [];
  const lines = folder === null ? job.downloadableOutputUrls : files.map(({ path }) => path);
  if (isJson || lines.length > 0) answer(context, { ...job, files }, lines.join('\n'));
  return isDone ? exitCodes.done : exitCodes.failed;
}

function endWords(job: JobView): string {
  const { jobId, task, status, engine, draft, billing, error } = job;
  if (!isTerminal(job)) return `${jobId} is ${status}: killatamata wait ${jobId}.`;
  if (error) return `${jobId} ${status}: ${printable(error.message)}`;
  if (status !== 'succeeded') return `${jobId} is ${status}.`;
  return `${jobId}: ${task} by ${engine}${draft ? ' (a draft)' : ''}, ${dollars(billing.amountUsd)}.`;
}
