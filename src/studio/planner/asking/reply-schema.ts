import { type Static, type TSchema, Type } from '@sinclair/typebox';
import type { MediaSlot } from '../../../tasks/media-slot.ts';
import { tasks } from '../../../tasks/registry.ts';
import type { Task } from '../../../tasks/task.ts';
import { ownFields } from './field-words.ts';

/** What is read of a model's answer. Whatever else it says, such as a price or an approval, nobody reads. */
export const ModelReply = Type.Object({
  reply: Type.String({ minLength: 1, maxLength: 8000 }),
  steps: Type.Array(
    Type.Object({
      id: Type.String({ minLength: 1 }),
      title: Type.Optional(Type.String()),
      task: Type.String(),
      input: Type.Record(Type.String(), Type.Unknown()),
    }),
    { maxItems: 100 },
  ),
});
export type ModelReply = Static<typeof ModelReply>;

const text = { type: 'string' };

/** The JSON schema by which a server holds its model to the shape of an answer: each task's fields from the task. */
export function replySchema(stepsMax: number): Record<string, unknown> {
  const steps = { type: 'array', maxItems: stepsMax, items: { anyOf: [...tasks.values()].map(stepSchema) } };
  return closed({ reply: text, steps }, ['reply', 'steps']);
}

function stepSchema(task: Task): Record<string, unknown> {
  const fields = ownFields(task).map(([name, schema]) => [name, plain(schema)] as const);
  const files = Object.entries(task.media).map(([name, slot]) => [name, slotSchema(slot)] as const);
  const required = Object.entries(task.media).filter(([, slot]) => slot.required);
  const input = closed(Object.fromEntries([...fields, ...files]), [
    ...(task.inputSchema.required ?? []),
    ...required.map(([name]) => name),
  ]);
  return closed({ id: text, title: text, task: { type: 'string', enum: [task.name] }, input }, [
    'id',
    'title',
    'task',
    'input',
  ]);
}

function slotSchema({ list }: MediaSlot): Record<string, unknown> {
  const file = { anyOf: [closed({ fromStep: text }, ['fromStep']), closed({ assetId: text }, ['assetId'])] };
  return list ? { type: 'array', items: file, minItems: list.countMin, maxItems: list.countMax } : file;
}

/** Types and choices alone: grammars that are made of patterns, lengths and steps are slow or refused. */
function plain(schema: TSchema): Record<string, unknown> {
  const variants: TSchema[] = schema['anyOf'] ?? [];
  const choices = variants.map((variant) => variant['const']).filter((value) => value !== undefined);
  if (variants.length > 0 && choices.length === variants.length) return { enum: choices };
  if (variants.length > 0) return { anyOf: variants.map(plain) };
  if (schema['const'] !== undefined) return { enum: [schema['const']] };
  const { type, minimum, maximum } = schema;
  return {
    type,
    ...(type === 'integer' && minimum !== undefined ? { minimum } : {}),
    ...(type === 'integer' && maximum !== undefined ? { maximum } : {}),
  };
}

function closed(properties: Record<string, unknown>, required: readonly string[]): Record<string, unknown> {
  return { type: 'object', properties, required, additionalProperties: false };
}
