import { parseArgs } from 'node:util';

export interface DemoOptions {
  /** Stop when all is done, instead of leaving the appliance up. */
  exits: boolean;
  /** Null: any free port. */
  port: number | null;
  asksForHelp: boolean;
}

export const usage = `Usage: ./scripts/demo [--exit] [--port N]

Starts an appliance, runs all nine tasks on it over HTTP and saves what they make.

  --exit      stop the appliance when all is done; the exit code is 1 if anything failed
  --port N    listen on port N instead of any free one

The data folder is a temporary one, or $KT_DATA_DIR where that is set.
`;

/** The command line can't be understood. */
export class BadUsage extends Error {}

/** @throws BadUsage */
export function readOptions(args: string[]): DemoOptions {
  try {
    const { values } = parseArgs({
      args,
      options: { exit: { type: 'boolean' }, port: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    });
    const { exit = false, port, help = false } = values;
    return { exits: exit, port: port === undefined ? null : readPort(port), asksForHelp: help };
  } catch (error) {
    throw new BadUsage(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function readPort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65_535) {
    throw new BadUsage(`--port takes 1..65535, not '${text}'.`);
  }
  return port;
}
