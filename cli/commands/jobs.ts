import { answerOf } from '../answer.ts';
import { answer, defineCommand, findAppliance, noArguments } from '../command.ts';
import { BadUsage, exitCodes } from '../failure.ts';
import { dollars, printable, table } from '../format.ts';
import { isStatus, jobStatuses } from '../job.ts';

export const jobs = defineCommand({
  name: 'jobs',
  usage: '[--status S] [--task T] [--limit N]',
  summary: 'Your jobs, newest first.',
  help: `--status S    ${jobStatuses.join(', ')}
--task T      such as image.generate
--limit N     at most so many, 1 to 100; default: 20`,
  options: { status: { type: 'string' }, task: { type: 'string' }, limit: { type: 'string', default: '20' } },
  async run(context, { values, positionals }) {
    noArguments(positionals);
    const { client } = await findAppliance(context);
    const { status, task } = values;
    if (status !== undefined && !isStatus(status))
      throw new BadUsage(`A status is one of ${jobStatuses.join(', ')}.`);
    const query = {
      limit: readLimit(values.limit),
      ...(status === undefined ? {} : { status }),
      ...(task === undefined ? {} : { task }),
    };
    const list = await answerOf(client.api.v1.media.jobs.get({ query }));
    if (!('jobs' in list)) throw new Error('The appliance answers one job where a list was asked for.');
    const rows = list.jobs.map((job) => [
      ...[job.jobId, job.task, job.status, dollars(job.billing.amountUsd)],
      ...[job.createdAt ?? '', printable(job.outputs.map(({ filename }) => filename).join(', '))],
    ]);
    answer(context, list, table(['JOB', 'TASK', 'STATUS', 'PRICE', 'CREATED', 'FILES'], rows));
    return exitCodes.done;
  },
});

function readLimit(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) throw new BadUsage('A limit is 1 to 100.');
  return limit;
}
