import type { TObject } from '@sinclair/typebox';
import { plainSchema } from '../../tasks/plain-schema.ts';
import { isPlainObject } from '../../tasks/input-issues.ts';

/** One field of a task's input, in words. */
export interface FieldRow {
  name: string;
  /** Such as `integer 64..4096`, `webp | png | jpg`. */
  type: string;
  isRequired: boolean;
  /** As JSON; empty where there is none. */
  byDefault: string;
  description: string;
}

/** An input schema as rows of a table, in the schema's order. */
export function fieldRows(schema: TObject): FieldRow[] {
  const { properties, required } = plainSchema(schema);
  const needed = new Set(Array.isArray(required) ? required : []);
  return Object.entries(isPlainObject(properties) ? properties : {}).map(([name, field]) => {
    const { description, default: byDefault } = isPlainObject(field) ? field : {};
    return {
      name,
      type: typeWords(field),
      isRequired: needed.has(name),
      byDefault: byDefault === undefined ? '' : JSON.stringify(byDefault),
      description: typeof description === 'string' ? description : '',
    };
  });
}

function typeWords(schema: unknown): string {
  if (!isPlainObject(schema)) return 'any';
  const { type, enum: choices, anyOf, items, title } = schema;
  if (schema['const'] !== undefined) return word(schema['const']);
  if (Array.isArray(choices)) return choices.join(' | ');
  if (Array.isArray(anyOf)) return [...new Set(anyOf.map(typeWords))].join(' | ');
  if (typeof title === 'string') return title;
  if (type === 'array') return `list of ${countWords(schema)}${typeWords(items)}`;
  if (type === 'string')
    return `string${rangeWords(schema['minLength'], schema['maxLength'], ' characters')}`;
  return `${typeof type === 'string' ? type : 'any'}${rangeWords(schema['minimum'], schema['maximum'])}${stepWords(schema)}`;
}

function countWords({ minItems, maxItems }: Record<string, unknown>): string {
  const words = rangeWords(minItems, maxItems).trim();
  return words === '' ? '' : `${words} × `;
}

function rangeWords(low: unknown, high: unknown, unit = ''): string {
  if (low === undefined && high === undefined) return '';
  return ` ${word(low)}..${word(high)}${unit}`;
}

function stepWords({ multipleOf, type }: Record<string, unknown>): string {
  const isStep = multipleOf !== undefined && !(type === 'integer' && multipleOf === 1);
  return isStep ? `, multiple of ${word(multipleOf)}` : '';
}

/** A text as it is, anything else as JSON; nothing as nothing. */
function word(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}
