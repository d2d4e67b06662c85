import { parseArgs } from 'node:util';

export const usage = `Usage: ./scripts/bench api [--jobs N] [--clients N] [--rounds N] [--cpu-profile FOLDER]
       ./scripts/bench auth [--jobs N] [--clients N] [--rounds N]
       ./scripts/bench combine [--rounds N]
       ./scripts/bench embedded [--only TEXT]
       ./scripts/bench soak [--minutes N]
       ./scripts/bench crash [--rounds N]
       ./scripts/bench scheduler [--jobs N]
       ./scripts/bench gpu [--only TEXT] [--rounds N] [--tiny]

  api        jobs and polls a second beside BullMQ on a Redis that syncs every write; start and memory
  auth       requests a second that show a key beside such that need none; the exit code is 1 below 0.7×
  combine    video.combine beside one ffmpeg that does the same work
  embedded   seconds and memory of each embedded engine, at its default and at its largest size;
             --only takes the jobs whose name holds TEXT
  soak       mixed load for some minutes; the exit code is 1 when anything leaks, is left behind or fails, and
             from 10 minutes on when the memory of the appliance or of its runners grows
  crash      kills the appliance again and again; the exit code is 1 when a job is lost, charged twice or ends
             otherwise than its client was told, a webhook is lost, or a file is
  scheduler  plays made-up days on GPUs by the policy that ships and by others; the exit code is 1 when it takes
             more than 1.15 × the least possible time, or its p95 interactive wait is not half that of FIFO + LRU
  gpu        seconds and memory of each installed GPU model whose name holds TEXT, beside what its manifest says;
             into gpu/BENCHMARKS.md too. Stop the appliance first. --tiny measures tiny random weights on the
             processor instead, which proves the measuring and nothing else
`;

/** The command line can't be understood. */
export class BadUsage extends Error {}

const figures = {
  jobs: { max: 1_000_000, default: undefined },
  clients: { max: 1000, default: 32 },
  rounds: { max: 100_000, default: undefined },
  minutes: { max: 24 * 60, default: 10 },
};

export interface BenchOptions {
  command: string;
  jobs: number;
  clients: number;
  /** Undefined: the command's own number. */
  rounds: number | undefined;
  minutes: number;
  cpuProfileFolder: string | undefined;
  only: string;
  isTiny: boolean;
  asksForHelp: boolean;
}

/** @throws BadUsage */
export function readOptions(args: string[]): BenchOptions {
  try {
    const string = { type: 'string' } as const;
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        ...{ jobs: string, clients: string, rounds: string, minutes: string },
        ...{ 'cpu-profile': string, only: string },
        tiny: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (positionals.length > 1)
      throw new BadUsage(`Only one command can be run, not ${positionals.join(', ')}.`);
    return {
      command: positionals[0] ?? '',
      jobs: readFigure('jobs', values.jobs) ?? defaultJobs(positionals[0]),
      clients: readFigure('clients', values.clients) ?? figures.clients.default,
      rounds: readFigure('rounds', values.rounds),
      minutes: readFigure('minutes', values.minutes) ?? figures.minutes.default,
      cpuProfileFolder: values['cpu-profile'],
      only: values.only ?? '',
      isTiny: values.tiny,
      asksForHelp: values.help,
    };
  } catch (error) {
    throw new BadUsage(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function defaultJobs(command: string | undefined): number {
  return command === 'scheduler' ? 10_000 : 5000;
}

function readFigure(name: keyof typeof figures, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > figures[name].max) {
    throw new BadUsage(`--${name} takes 1..${figures[name].max}, not '${text}'.`);
  }
  return value;
}
