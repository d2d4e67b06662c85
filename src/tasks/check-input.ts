import { type TObject, type TProperties, type TSchema, Type } from '@sinclair/typebox';
import type { InputIssue } from '../errors.ts';
import { fits } from '../fits.ts';
import { seedField } from './fields.ts';
import { inputIssues, isPlainObject } from './input-issues.ts';
import { type MediaSlot, type MediaSlots, slotNames, slotProperties } from './media-slot.ts';
import { normalizeInput } from './normalize-input.ts';
import { type RequestedMedia, requestedMedia } from './requested-media.ts';
import type { InputAdjustment, Outcome } from './task.ts';
import type { RequestShape, TaskDefinition, ValuesOf } from './task-definition.ts';

/** What a client may send: a field with a `default` is optional, every name of a file slot is a property. */
export function clientSchema(definition: {
  title: string;
  summary: string;
  example: Record<string, unknown>;
  fields: TProperties;
  media: MediaSlots;
  refusedFields?: Record<string, string>;
}): TObject {
  const media = Object.entries(definition.media).flatMap(([name, slot]) => slotProperties(name, slot));
  const fields = Object.entries(definition.fields).map(([name, schema]): [string, TSchema] => {
    return [name, schema['default'] === undefined ? schema : Type.Optional(schema)];
  });
  const seed: [string, TSchema] = ['seed', Type.Optional(seedField)];
  return Type.Object(Object.fromEntries([...fields, ...media, seed]), {
    additionalProperties: false,
    title: definition.title,
    description: definition.summary,
    examples: [definition.example],
    ...crossFieldKeywords(definition),
    'x-refused': definition.refusedFields ?? {},
  });
}

/** Rules that `checkInput` enforces in its own words, for readers of the schema; TypeBox doesn't read these. */
function crossFieldKeywords({ fields, media }: { fields: TProperties; media: MediaSlots }) {
  const required = Object.entries(media)
    .filter(([, slot]) => slot.required)
    .map(([name, slot]) => ({ anyOf: slotNames(name, slot).map((alias) => ({ required: [alias] })) }));
  const hasSize = 'width' in fields && 'height' in fields;
  return {
    ...(required.length > 0 ? { allOf: required } : {}),
    ...(hasSize ? { dependentRequired: { width: ['height'], height: ['width'] } } : {}),
  };
}

/** A request that keeps every rule that needs no file. */
export interface ValidInput<Fields extends TProperties> {
  values: ValuesOf<Fields>;
  /** Undefined where the request names none. */
  seed: number | undefined;
  media: Record<string, RequestedMedia>;
  /** Names that the request itself has. */
  given: ReadonlySet<string>;
  /** What `normalizeInput` wrote another way. */
  respelled: InputAdjustment[];
}

/** What the values of a task's fields are once they are read, and before. Made once, because `fits` compiles them. */
export function valueSchemas<Fields extends TProperties>(fields: Fields) {
  const values = Type.Object(fields);
  return { values, partialValues: Type.Partial(values) };
}

interface Schemas<Fields extends TProperties> extends ReturnType<typeof valueSchemas<Fields>> {
  /** What a client may send. */
  input: TObject;
}

type Checks<Fields extends TProperties, Slots extends MediaSlots> = Pick<
  TaskDefinition<Fields, Slots, TProperties, object>,
  'fields' | 'media' | 'rules'
>;

/** Checks `input` against the schema, the file slots and the task's own rules: every issue at once. */
export function checkInput<Fields extends TProperties, Slots extends MediaSlots>(
  task: Checks<Fields, Slots>,
  schemas: Schemas<Fields>,
  asSent: unknown,
): Outcome<ValidInput<Fields>> {
  if (!isPlainObject(asSent)) {
    return { ok: false, issues: [{ path: '/input', message: 'must be an object.' }] };
  }
  const { input, respelled } = normalizeInput(task, asSent);
  const schemaIssues = inputIssues(schemas.input, input, '/input');
  const broken = new Set(schemaIssues.map(({ path }) => path.split('/')[2]));
  const media: Record<string, RequestedMedia> = {};
  for (const [name, slot] of Object.entries<MediaSlot>(task.media)) {
    media[name] = requestedMedia({ name, slot }, input, (field) => broken.has(field));
  }
  const known = Object.entries(task.fields).filter(([name]) => !broken.has(name));
  const values = Object.fromEntries(
    known.flatMap(([name, field]) => {
      const value: unknown = Object.hasOwn(input, name) ? input[name] : field.default;
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const issues = [...schemaIssues, ...Object.values(media).flatMap((slot) => slot.issues)];
  issues.push(...ruleIssues(task, schemas, { values, input, media }));
  if (issues.length > 0) return { ok: false, issues };
  const { seed } = input;
  if (!fits(schemas.values, values)) throw new Error('Valid fields fail their own schema.');
  const given = new Set(Object.keys(input));
  const value = { values, seed: typeof seed === 'number' ? seed : undefined, media, given, respelled };
  return { ok: true, value };
}

function ruleIssues<Fields extends TProperties, Slots extends MediaSlots>(
  task: Checks<Fields, Slots>,
  schemas: Schemas<Fields>,
  request: {
    values: Record<string, unknown>;
    input: Record<string, unknown>;
    media: Record<string, RequestedMedia>;
  },
): InputIssue[] {
  const { values, input, media } = request;
  const asked: RequestShape<keyof Fields | keyof Slots> = {
    isGiven(name) {
      const slot = Object.entries<MediaSlot>(task.media).find(([slotName]) => slotName === name);
      const names = slot ? slotNames(...slot) : [String(name)];
      return names.some((alias) => Object.hasOwn(input, alias));
    },
    fileCount: (name) => media[String(name)]?.references.length ?? 0,
    pointerOf: (name) => media[String(name)]?.pointer ?? `/input/${String(name)}`,
  };
  if (!fits(schemas.partialValues, values)) {
    throw new Error('Valid fields fail their own schema.');
  }
  return task.rules?.(values, asked) ?? [];
}
