import { answerOf } from '../answer.ts';
import { answer, defineCommand, findAppliance, onlyArgument } from '../command.ts';
import { exitCodes } from '../failure.ts';
import { dollars } from '../format.ts';

export const cancel = defineCommand({
  name: 'cancel',
  usage: 'JOB',
  summary: 'Stops a job and gives its price back.',
  options: {},
  async run(context, { positionals }) {
    const jobId = onlyArgument(positionals, 'the id of a job');
    const { client } = await findAppliance(context);
    const job = await answerOf(client.api.v1.media.jobs.delete({}, { query: { jobId } }));
    const back = job.billing.refunded ? ` ${dollars(job.billing.amountUsd)} came back.` : '';
    answer(context, job, `${jobId} is ${job.status}.${back}`);
    return exitCodes.done;
  },
});
