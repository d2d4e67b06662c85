import { parseArgs } from 'node:util';

export interface DemoOptions {
  /** Stop when all is done, instead of leaving the appliance up. */
  exits: boolean;
  /** Null: any free port. */
  port: number | null;
  /** A session in Studio instead of the nine tasks. */
  playsStudio: boolean;
  asksForHelp: boolean;
}

export const usage = `Usage: ./scripts/demo [--studio] [--exit] [--port N]

Starts an appliance, runs all nine tasks on it over HTTP and saves what they make.

  --studio    play a session in Studio instead: a message, its quote, the approval, and what is made of it
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
      options: {
        ...{ exit: { type: 'boolean' }, studio: { type: 'boolean' }, port: { type: 'string' } },
        help: { type: 'boolean', short: 'h' },
      },
    });
    const { exit: exits = false, studio: playsStudio = false, help: asksForHelp = false } = values;
    const port = values.port === undefined ? null : readPort(values.port);
    return { exits, playsStudio, port, asksForHelp };
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
