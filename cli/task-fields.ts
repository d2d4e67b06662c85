import { answerOf } from './answer.ts';
import type { Client } from './client.ts';
import { BadUsage } from './failure.ts';
import { printable } from './format.ts';
import { isPlainObject } from './plain-object.ts';

type Schema = Record<string, unknown>;

/** A task of the appliance, as its OpenAPI document describes it: other versions may have other tasks and fields. */
export interface TaskDescription {
  name: string;
  title: string;
  summary: string;
  fields: ReadonlyMap<string, Schema>;
  required: readonly string[];
}

const prefix = 'Input.';

export async function describeTasks(client: Client): Promise<TaskDescription[]> {
  const document: unknown = await answerOf(client['openapi.json'].get());
  const components = isPlainObject(document) ? document['components'] : undefined;
  const schemas = isPlainObject(components) ? components['schemas'] : undefined;
  return Object.entries(isPlainObject(schemas) ? schemas : {})
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, schema]) => describe(name.slice(prefix.length), isPlainObject(schema) ? schema : {}));
}

/** @throws BadUsage there is none of this name */
export async function describeTask(client: Client, name: string): Promise<TaskDescription> {
  const tasks = await describeTasks(client);
  const found = tasks.find((task) => task.name === name);
  if (found) return found;
  const names = tasks.map((task) => task.name).join(', ');
  throw new BadUsage(`There is no task ${printable(name)}. The appliance has: ${names}.`);
}

function describe(name: string, schema: Schema): TaskDescription {
  const { title, description, properties, required } = schema;
  const fields = Object.entries(isPlainObject(properties) ? properties : {});
  return {
    name,
    title: typeof title === 'string' ? title : name,
    summary: typeof description === 'string' ? description : '',
    fields: new Map(fields.map(([field, of]) => [field, isPlainObject(of) ? of : {}])),
    required: Array.isArray(required) ? required.map(String) : [],
  };
}

/** A list takes several values. */
export function isList(schema: Schema): boolean {
  return schema['type'] === 'array';
}

/** Whether a file may stand there: it takes an address, but not any text. */
export function takesFile(schema: Schema): boolean {
  return alternatives(isList(schema) ? schema['items'] : schema).some(({ pattern }) => {
    if (typeof pattern !== 'string') return false;
    const expression = new RegExp(pattern, 'u');
    return expression.test('https://example.com/file') && !expression.test('text');
  });
}

/** A word of the command line as the type that the field has; what doesn't fit is left to the appliance to refuse. */
export function readValue(schema: Schema, text: string): unknown {
  const types = new Set(alternatives(schema).flatMap(typesOf));
  if (types.size === 0 || types.has('string')) return text;
  const number = text.trim() === '' ? Number.NaN : Number(text);
  if ((types.has('number') || types.has('integer')) && Number.isFinite(number)) return number;
  if (types.has('boolean') && /^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  const isJson = types.has('object') || types.has('array');
  return isJson && /^\s*[[{]/.test(text) ? readJson(text) : text;
}

/** @throws BadUsage */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new BadUsage(`This is no JSON: ${text.slice(0, 60)}`, cause);
  }
}

function alternatives(schema: unknown): Schema[] {
  if (!isPlainObject(schema)) return [];
  const { anyOf } = schema;
  return Array.isArray(anyOf) ? anyOf.flatMap(alternatives) : [schema];
}

function typesOf(schema: Schema): string[] {
  const { type, const: only, enum: choices } = schema;
  if (typeof type === 'string') return [type];
  if (Array.isArray(choices)) return choices.map((choice) => typeof choice);
  return only === undefined ? [] : [typeof only];
}

/** What a field takes, in a few words. */
export function typeWords(schema: Schema): string {
  if (isList(schema)) return `list of ${typeWords(isPlainObject(schema['items']) ? schema['items'] : {})}`;
  if (takesFile(schema)) return '@file or URL';
  const { enum: choices, minimum, maximum } = schema;
  if (Array.isArray(choices)) return choices.join(' | ');
  const words = alternatives(schema).map((option) =>
    option['const'] === undefined ? typesOf(option).join(' | ') : JSON.stringify(option['const']),
  );
  const range = minimum === undefined ? '' : ` ${JSON.stringify(minimum)}..${JSON.stringify(maximum) ?? ''}`;
  return `${[...new Set(words)].join(' | ')}${range}`;
}
