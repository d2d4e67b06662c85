import { defineCommand, findAppliance, noArguments } from '../command.ts';
import { exitCodes } from '../failure.ts';
import { bridgeMcp } from '../mcp-bridge.ts';

export const mcp = defineCommand({
  name: 'mcp',
  usage: '',
  summary: "The appliance's Model Context Protocol on stdin and stdout, for clients that start servers.",
  help: 'For such a client: {"command": "killatamata", "args": ["mcp", "--url", "URL"]}, after a login.',
  options: {},
  async run(context, { positionals }) {
    noArguments(positionals);
    const { terminal } = context;
    await bridgeMcp(await findAppliance(context), { onProblem: (text) => terminal.say(text) });
    return exitCodes.done;
  },
});
