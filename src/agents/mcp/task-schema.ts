import { slotNames } from '../../tasks/media-slot.ts';
import type { Task } from '../../tasks/task.ts';
import { type JsonObjectSchema, leanObject, leanField } from './lean-schema.ts';

/**
 * The input of a task as its tool takes it. A file has one name here, and is a text: a data URI says all that an inline
 * object does. The appliance takes the other names and forms all the same.
 */
export function taskSchema({ inputSchema, media }: Task): JsonObjectSchema {
  const slots = Object.entries(media);
  const ofFiles = new Set(slots.flatMap(([name, slot]) => slotNames(name, slot)));
  const files = new Map(slots.map(([name, slot]) => [name, fileSchema(slot)]));
  const fields = Object.entries(inputSchema.properties).flatMap(([name, field]) => {
    const schema = ofFiles.has(name) ? files.get(name) : leanField(field);
    return schema === undefined ? [] : [[name, schema]];
  });
  const needed = slots.flatMap(([name, { required }]) => (required ? [name] : []));
  return {
    ...leanObject(inputSchema),
    required: [...(inputSchema.required ?? []), ...needed],
    properties: Object.fromEntries(fields),
  };
}

function fileSchema({ description, list }: Task['media'][string]): Record<string, unknown> {
  const words = `${description} ${list ? 'URLs or data URIs' : 'URL or data URI'}.`;
  if (!list) return { type: 'string', description: words };
  const { countMin: minItems, countMax: maxItems } = list;
  return { type: 'array', minItems, maxItems, description: words, items: { type: 'string' } };
}
