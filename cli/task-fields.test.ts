import { describe, expect, test } from 'bun:test';
import { plainSchema } from '../src/tasks/plain-schema.ts';
import { tasks } from '../src/tasks/registry.ts';
import { slotNames } from '../src/tasks/media-slot.ts';
import { isPlainObject } from './plain-object.ts';
import { readValue, takesFile, typeWords } from './task-fields.ts';

/** Every field of every task, as OpenAPI describes it. */
const fields = [...tasks.values()].flatMap(({ name, inputSchema, media }) => {
  const { properties } = plainSchema(inputSchema);
  const files = new Set(Object.entries(media).flatMap(([slot, of]) => slotNames(slot, of)));
  return Object.entries(isPlainObject(properties) ? properties : {}).map(([field, schema]) => ({
    ...{ name: `${name} ${field}`, isFile: files.has(field) },
    schema: isPlainObject(schema) ? schema : {},
  }));
});

describe('a field of a task', () => {
  test('takes files exactly where the task has a place for one', () => {
    expect(
      fields.filter(({ schema, isFile }) => takesFile(schema) !== isFile).map(({ name }) => name),
    ).toEqual([]);
    expect(fields.filter(({ isFile }) => isFile).length).toBeGreaterThan(15);
  });

  test('is described in words', () => {
    expect(fields.filter(({ schema }) => typeWords(schema) === '').map(({ name }) => name)).toEqual([]);
  });

  test.each([
    [{ type: 'string' }, '42', '42'],
    [{ type: 'integer' }, '42', 42],
    [{ type: 'number' }, '4.5', 4.5],
    [{ type: 'integer' }, 'many', 'many'],
    [{ type: 'integer' }, '', ''],
    [{ type: 'boolean' }, 'true', true],
    [{ type: 'boolean' }, 'yes', 'yes'],
    [{ enum: ['fast', 'high'], type: 'string' }, 'fast', 'fast'],
    [
      {
        anyOf: [
          { const: 512, type: 'number' },
          { const: 1024, type: 'number' },
        ],
      },
      '512',
      512,
    ],
    [{ anyOf: [{ type: 'string' }, { type: 'integer' }] }, '128', '128'],
    [{ type: 'object' }, '{"a": 1}', { a: 1 }],
    [{}, '7', '7'],
  ])('%j reads %j as its own type', (schema, text, value) => {
    expect(readValue(schema, text)).toEqual(value);
  });
});
