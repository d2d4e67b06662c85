import { answerOf } from '../answer.ts';
import { answer, defineCommand, findAppliance } from '../command.ts';
import { exitCodes } from '../failure.ts';
import { dollars, printable } from '../format.ts';
import type { Quote } from '../job.ts';
import { bodyOf, readJobRequest, requestHelp, requestOptions } from '../job-request.ts';

export const quote = defineCommand({
  name: 'quote',
  usage: 'TASK [FIELD=VALUE …]',
  summary: 'What a job would cost and how its input is understood; nothing is queued.',
  help: requestHelp,
  options: requestOptions,
  async run(context, given) {
    const appliance = await findAppliance(context);
    const request = await readJobRequest(appliance, given);
    const found = await answerOf(appliance.client.api.v1.media.quote.post(bodyOf(request)));
    answer(context, found, quoteWords(found));
    return exitCodes.done;
  },
});

export function quoteWords({ task, engine, draft, billing, estimate, inputAdjustments }: Quote): string {
  const kind = draft ? `${engine}, draft` : engine;
  const lines = [
    `${task} (${kind}): ${dollars(billing.amountUsd)} of ${dollars(billing.balanceUsd)}`,
    `list price ${dollars(billing.listUsd)}: ${billing.basis.map(printable).join('; ')}`,
    `about ${Math.ceil(estimate.durationSeconds)} s, after about ${Math.ceil(estimate.startsInSeconds)} s in the queue`,
    ...inputAdjustments.map(adjustmentWords),
  ];
  return lines.join('\n');
}

export function adjustmentWords({ field, from, to, reason }: Quote['inputAdjustments'][number]): string {
  return printable(`${field}: ${JSON.stringify(from)} becomes ${JSON.stringify(to)}: ${reason}`);
}
