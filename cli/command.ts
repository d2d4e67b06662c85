import { parseArgs, type ParseArgsConfig } from 'node:util';
import { type Client, createClient } from './client.ts';
import { BadUsage, exitCodes } from './failure.ts';
import type { Interruption } from './interruption.ts';
import { chooseUrl, type Environment, findKey, noKey, readSettings, settingsPath } from './settings.ts';
import type { Terminal } from './terminal.ts';

/** What a command is run with. */
export interface Context {
  terminal: Terminal;
  environment: Environment;
  interruption: Interruption;
  /** `--url`. */
  url: string | undefined;
  /** `--json`: stdout holds one JSON document and nothing else. */
  isJson: boolean;
  version: string;
}

/** An appliance with a key for it. */
export interface Appliance {
  url: string;
  apiKey: string;
  client: Client;
}

type Options = NonNullable<ParseArgsConfig['options']>;

/** Every command takes them. */
const everywhere = {
  url: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

export interface Command {
  name: string;
  /** What follows the name. */
  usage: string;
  summary: string;
  /** Further lines of its help. */
  help?: string;
  /** @returns the exit code @throws Failure */
  run(context: Omit<Context, 'url' | 'isJson'>, args: string[]): Promise<number>;
}

/** A command with the options of its own, typed. */
export function defineCommand<const Own extends Options>(command: {
  name: string;
  usage: string;
  summary: string;
  help?: string;
  options: Own;
  run(context: Context, given: Given<Own>): Promise<number>;
}): Command {
  const { name, usage, summary, help, options } = command;
  return {
    ...{ name, usage, summary },
    ...(help === undefined ? {} : { help }),
    run(base, args) {
      const given = parse(args, { ...options, ...everywhere });
      const general: Options & typeof everywhere = { ...options, ...everywhere };
      const { url, json, help: isHelp } = parse(args, general).values;
      if (!isHelp) return command.run({ ...base, url, isJson: json }, given);
      base.terminal.print(helpOf(command));
      return Promise.resolve(exitCodes.done);
    },
  };
}

type Given<Own extends Options> = ReturnType<typeof parse<Own & typeof everywhere>>;

function parse<const All extends Options>(args: string[], options: All) {
  try {
    return parseArgs({ args, allowPositionals: true, options });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new BadUsage(error.message, error);
  }
}

export function helpOf(command: Pick<Command, 'name' | 'usage' | 'summary' | 'help'>): string {
  const { name, usage, summary, help } = command;
  const line = `Usage: killatamata ${name} ${usage}`.trimEnd();
  return [line, '', summary, ...(help === undefined ? [] : ['', help.trim()])].join('\n');
}

/** The appliance that is meant, with its key. @throws Failure there is none */
export async function findAppliance(context: Pick<Context, 'environment' | 'url'>): Promise<Appliance> {
  const { environment } = context;
  const settings = await readSettings(settingsPath(environment));
  const url = chooseUrl(context.url, environment, settings);
  const apiKey = findKey(url, environment, settings);
  if (apiKey === undefined) throw noKey(url);
  return { url, apiKey, client: createClient({ url, apiKey }) };
}

/** One answer: the data for programs, or words for people. */
export function answer({ isJson, terminal }: Context, data: unknown, words: string): void {
  terminal.print(isJson ? JSON.stringify(data, null, 2) : words);
}

/** The only argument of a command. @throws BadUsage */
export function onlyArgument(positionals: string[], what: string): string {
  const [first, ...more] = positionals;
  if (first === undefined || more.length > 0) throw new BadUsage(`Give ${what}, and nothing else.`);
  return first;
}

/** @throws BadUsage */
export function noArguments(positionals: string[]): void {
  if (positionals.length > 0) throw new BadUsage(`${positionals.join(' ')} is not understood here.`);
}
