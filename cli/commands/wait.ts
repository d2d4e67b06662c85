import { defineCommand, findAppliance, onlyArgument } from '../command.ts';
import { followJob } from '../follow-job.ts';
import { finishJob } from '../finish-job.ts';

export const wait = defineCommand({
  name: 'wait',
  usage: 'JOB [--out FOLDER]',
  summary: 'Shows how far a job is, until it ends; Ctrl-C leaves it running.',
  help: '--out FOLDER    saves its files there',
  options: { out: { type: 'string' } },
  async run(context, { values, positionals }) {
    const jobId = onlyArgument(positionals, 'the id of a job');
    const appliance = await findAppliance(context);
    context.interruption.heed();
    const job = await followJob(context, appliance, { jobId, mayCancel: false });
    return finishJob(context, job, values.out ?? null);
  },
});
