import { version } from '../package.json' with { type: 'json' };
import { commands } from './commands.ts';
import { type Command, type Context, helpOf } from './command.ts';
import { BadUsage, exitCodes, Failure } from './failure.ts';
import { printable } from './format.ts';

const general = `Everywhere:
  --url URL    which appliance; default: KILLATAMATA_URL, the one of the last login, http://127.0.0.1:8787
  --json       one JSON document on stdout, all else on stderr
  --help       of one command

Environment: KILLATAMATA_URL, KILLATAMATA_API_KEY (goes before a key of \`login\`), NO_COLOR,
KILLATAMATA_PATIENCE_SECONDS (how long an appliance that can't be reached is waited for; default: 60).
Keys are kept in ~/.config/killatamata/config.json (or under XDG_CONFIG_HOME), for its owner's eyes only.

Exit codes: 0 done, 1 the job failed or was canceled, 2 not understood or refused, 3 no key or not allowed,
4 the balance is too low, 5 the appliance can't be reached or takes nothing now, 130 interrupted.`;

/** Runs what a command line asks for. @returns the exit code, after whatever went wrong was said */
export async function runCommand(
  args: string[],
  context: Pick<Context, 'terminal' | 'environment' | 'interruption'>,
): Promise<number> {
  const { terminal } = context;
  try {
    return await dispatch(args, context);
  } catch (error) {
    terminal.showLive(null);
    const failure = asFailure(error);
    const { message, code, details, exitCode } = failure;
    terminal.say(terminal.paint('red', message));
    if (args.includes('--json')) terminal.print(JSON.stringify({ error: message, code, details }, null, 2));
    return exitCode;
  }
}

/** What this machine refuses, such as a folder that can't be written, needs no stack trace; a mistake of ours does. */
function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (!(error instanceof Error) || !('syscall' in error)) throw error;
  const code = 'code' in error ? String(error.code).toLowerCase() : 'system_error';
  return new Failure(printable(error.message), { exitCode: exitCodes.failed, code, cause: error });
}

async function dispatch(args: string[], context: Pick<Context, 'terminal' | 'environment' | 'interruption'>) {
  const { terminal } = context;
  const [name = 'help', ...rest] = args;
  if (['version', '--version', '-v'].includes(name)) {
    terminal.print(version);
    return exitCodes.done;
  }
  if (['help', '--help', '-h'].includes(name)) {
    const topic = rest.find((word) => !word.startsWith('-'));
    terminal.print(topic === undefined ? overview() : helpOf(findCommand(topic)));
    return exitCodes.done;
  }
  return findCommand(name).run({ ...context, version }, rest);
}

function findCommand(name: string): Command {
  const found = commands.find((command) => command.name === name);
  if (found) return found;
  const names = commands.map((command) => command.name).join(', ');
  throw new BadUsage(`There is no command ${printable(name)}: ${names}, version and help are there.`);
}

function overview(): string {
  const rows = commands.map(({ name, usage, summary }) => `  ${`${name} ${usage}`.padEnd(34)} ${summary}`);
  return ['Usage: killatamata COMMAND …', '', ...rows, '', general].join('\n');
}
