import type { TSchema } from '@sinclair/typebox';
import type { MediaSlot } from '../../../tasks/media-slot.ts';
import { slotNames } from '../../../tasks/media-slot.ts';
import type { Task } from '../../../tasks/task.ts';

/** What a language model has to know of a task, from the task itself. */
export function taskWords(task: Task): string {
  const fields = ownFields(task).map(([name, schema]) => {
    const isRequired = task.inputSchema.required?.includes(name) ?? false;
    return `- ${name} (${typeWords(schema)}${isRequired ? ', required' : ''}): ${schema.description ?? ''}`;
  });
  const files = Object.entries(task.media).map(
    ([name, slot]) => `- ${name} (${slotWords(slot)}): ${slot.description}`,
  );
  return [`## ${task.name}: ${task.summary}`, ...fields, ...files].join('\n');
}

/** The fields of a task that take no file. */
export function ownFields({ inputSchema, media }: Task): [string, TSchema][] {
  const files = new Set(Object.entries(media).flatMap(([name, slot]) => slotNames(name, slot)));
  return Object.entries(inputSchema.properties).filter(([name]) => !files.has(name));
}

function typeWords(schema: TSchema): string {
  const variants: TSchema[] = schema['anyOf'] ?? [schema];
  const words = variants.map((variant) => {
    if ('const' in variant) return JSON.stringify(variant['const']);
    const { type, minimum, maximum, minLength, maxLength, multipleOf } = variant;
    const range = minimum === undefined ? '' : ` ${minimum}..${maximum}`;
    const length = maxLength === undefined ? '' : ` of ${minLength ?? 0}..${maxLength} characters`;
    return `${type}${range}${length}${multipleOf === undefined ? '' : ` in steps of ${multipleOf}`}`;
  });
  return words.join(' | ');
}

function slotWords({ kind, list, required, durationSecondsMax }: MediaSlot): string {
  const what = list
    ? `list of ${list.countMin}..${list.countMax} files of kind ${kind}`
    : `file of kind ${kind}`;
  const length = durationSecondsMax === undefined ? '' : `, at most ${durationSecondsMax} s`;
  return `${what}${length}${required ? ', required' : ''}`;
}
