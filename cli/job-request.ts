import { basename } from 'node:path';
import type { Appliance } from './command.ts';
import { BadUsage } from './failure.ts';
import { isPlainObject } from './plain-object.ts';
import { describeTask, isList, readJson, readValue, takesFile, type TaskDescription } from './task-fields.ts';

/** Options of the commands that take a task and its input. */
export const requestOptions = {
  input: { type: 'string' },
  prompt: { type: 'string' },
  priority: { type: 'string' },
} as const;

export const requestHelp = `FIELD=VALUE        a field of the task's input; \`killatamata tasks TASK\` lists them. Lists: once for each value
FIELD=@PATH        a file of this machine; where the field takes text, the text in it
--prompt TEXT      the same as prompt=TEXT, whatever it begins with
--input JSON       the whole input, or @PATH of a file that holds it, or - for stdin; fields go before it
--priority P       interactive, standard or batch`;

/** What is submitted or quoted. */
export interface JobRequest {
  task: string;
  input: Record<string, unknown>;
  priority: string | undefined;
  files: { field: string; path: string; isOfList: boolean }[];
}

/** Reads a task and its input from a command line. @throws BadUsage, Failure */
export async function readJobRequest(
  { client }: Appliance,
  given: { values: { input?: string; prompt?: string; priority?: string }; positionals: string[] },
): Promise<JobRequest> {
  const { values } = given;
  const [name, ...assignments] = given.positionals;
  if (name === undefined) throw new BadUsage('Give a task; `killatamata tasks` lists them.');
  const task = await describeTask(client, name);
  const request: JobRequest = {
    task: name,
    input: values.input === undefined ? {} : await readInput(values.input),
    priority: values.priority,
    files: [],
  };
  const listed = new Set<string>();
  for (const assignment of assignments) await assign(request, { task, assignment, listed });
  if (values.prompt !== undefined) request.input['prompt'] = values.prompt;
  return request;
}

async function readInput(given: string): Promise<Record<string, unknown>> {
  const text =
    given === '-' ? await Bun.stdin.text() : given.startsWith('@') ? await readText(given.slice(1)) : given;
  const input = readJson(text);
  if (!isPlainObject(input)) throw new BadUsage('The input of a task is a JSON object.');
  return input;
}

/** @param options.listed fields to which a value was added already; the first replaces what `--input` says */
async function assign(
  request: JobRequest,
  options: { task: TaskDescription; assignment: string; listed: Set<string> },
): Promise<void> {
  const { task, assignment, listed } = options;
  const [, name = '', text = ''] = /^([^=]+)=([\s\S]*)$/.exec(assignment) ?? [];
  if (name === '') throw new BadUsage(`${assignment} is not understood: say FIELD=VALUE.`);
  const schema = task.fields.get(name) ?? {};
  if (!listed.has(name)) delete request.input[name];
  if (text.startsWith('@') && (takesFile(schema) || !task.fields.has(name))) {
    await assertFile(text.slice(1));
    request.files.push({ field: name, path: text.slice(1), isOfList: isList(schema) });
    return;
  }
  const words = text.startsWith('@') ? await readText(text.slice(1)) : text;
  const isWholeList = isList(schema) && words.trimStart().startsWith('[');
  if (!isList(schema) || isWholeList) {
    request.input[name] = readValue(schema, words);
    return;
  }
  const before = request.input[name];
  const { items } = schema;
  const value = readValue(isPlainObject(items) ? items : {}, words);
  request.input[name] = [...(Array.isArray(before) ? before : []), value];
  listed.add(name);
}

async function assertFile(path: string): Promise<void> {
  if (!(await Bun.file(path).exists())) throw new BadUsage(`There is no file ${path}.`);
}

async function readText(path: string): Promise<string> {
  await assertFile(path);
  return Bun.file(path).text();
}

/** The body of a submit or a quote. With files Eden sends it as a form, which the appliance streams to its disk. */
export function bodyOf({ task, input, priority, files }: JobRequest): Record<string, unknown> {
  const parts = new Map<string, File | File[]>();
  for (const { field, path, isOfList } of files) {
    const file = new File([Bun.file(path)], basename(path));
    const before = parts.get(field);
    if (before === undefined) parts.set(field, isOfList ? [file] : file);
    else parts.set(field, [before, file].flat());
  }
  return { task, input, ...(priority === undefined ? {} : { priority }), ...Object.fromEntries(parts) };
}
