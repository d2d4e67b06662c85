import { defineCommand, findAppliance, onlyArgument } from '../command.ts';
import { finishJob } from '../finish-job.ts';
import { findJob } from '../watch-job.ts';

export const download = defineCommand({
  name: 'download',
  usage: 'JOB [--out FOLDER]',
  summary: "Saves a job's files and compares them with their SHA-256.",
  help: '--out FOLDER    default: here',
  options: { out: { type: 'string', default: '.' } },
  async run(context, { values, positionals }) {
    const jobId = onlyArgument(positionals, 'the id of a job');
    context.interruption.heed();
    const job = await findJob(await findAppliance(context), jobId);
    return finishJob(context, job, values.out);
  },
});
