import { answerOf } from '../answer.ts';
import { answer, defineCommand, findAppliance, noArguments } from '../command.ts';
import { exitCodes } from '../failure.ts';
import { dollars } from '../format.ts';

export const balance = defineCommand({
  name: 'balance',
  usage: '',
  summary: 'The credit of your account.',
  options: {},
  async run(context, { positionals }) {
    noArguments(positionals);
    const { client } = await findAppliance(context);
    const found = await answerOf(client.api.v1.balance.get());
    answer(context, found, dollars(found.balanceUsd));
    return exitCodes.done;
  },
});
