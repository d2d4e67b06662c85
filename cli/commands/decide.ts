import { answerOf } from '../answer.ts';
import { answer, defineCommand, findAppliance, onlyArgument } from '../command.ts';
import { BadUsage, exitCodes, Interrupted } from '../failure.ts';
import { printable } from '../format.ts';

export const approve = decision({
  name: 'approve',
  decision: 'approve',
  summary: 'Gives a device that waits in `login` a key of your account.',
  done: 'Approved: the device gets a key of your account.',
});

export const deny = decision({
  name: 'deny',
  decision: 'deny',
  summary: 'Refuses a device that waits in `login`.',
  done: 'Refused.',
});

function decision(options: { name: string; decision: 'approve' | 'deny'; summary: string; done: string }) {
  const { name, summary, done } = options;
  return defineCommand({
    ...{ name, summary, usage: 'CODE [--yes]' },
    help: '--yes    does not ask',
    options: { yes: { type: 'boolean', default: false } },
    async run(context, { values, positionals }) {
      const userCode = onlyArgument(positionals, 'the code that the device shows');
      const { client } = await findAppliance(context);
      const { terminal } = context;
      if (options.decision === 'approve' && !values.yes) {
        if (!terminal.isInteractive) throw new BadUsage('Say --yes to approve without being asked.');
        const link = await answerOf(client.api.v1.device.link.request.get({ query: { userCode } }));
        const { clientAddress, userAgent } = link.requestedFrom;
        terminal.say(`Device:  ${printable(link.keyLabel ?? 'without a name')}`);
        terminal.say(`From:    ${printable(clientAddress)}, ${printable(userAgent)}`);
        terminal.say(`Asked:   ${link.createdAt}`);
        terminal.say('It will spend the money of your account. Approve only a device in front of you.');
        if (!isYes(await terminal.ask('Approve it? [y/N] '))) throw new Interrupted('Nothing was decided.');
      }
      const body = { userCode, decision: options.decision };
      answer(context, await answerOf(client.api.v1.device.link.approve.post(body)), done);
      return exitCodes.done;
    },
  });
}

function isYes(said: string | null): boolean {
  return /^y(es)?$/i.test(said ?? '');
}
