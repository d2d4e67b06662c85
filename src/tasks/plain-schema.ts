/** A schema as plain JSON Schema, the way client generators and language models understand it best. */
export function plainSchema(schema: object): Record<string, unknown> {
  return JSON.parse(JSON.stringify(schema), (_key, value) => plainPart(value));
}

/** One part of a schema; what isn't a schema stays as it is. */
export function plainPart(value: unknown): unknown {
  return withoutNumericText(asEnum(asFreeObject(value)));
}

/** TypeBox writes "any members" as a pattern that every name fits. */
function asFreeObject(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('patternProperties' in value)) return value;
  const { patternProperties, ...rest } = value;
  const isAny = JSON.stringify(patternProperties) === '{"^(.*)$":{}}';
  return isAny ? { ...rest, additionalProperties: true } : value;
}

/** TypeBox writes a choice of texts as a union of constants. */
function asEnum(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('anyOf' in value) || !Array.isArray(value.anyOf)) {
    return value;
  }
  const { anyOf, ...rest } = value;
  const isChoice = anyOf.every((option) => typeof option?.const === 'string');
  return isChoice ? { ...rest, type: 'string', enum: anyOf.map((option) => option.const) } : value;
}

/** Elysia describes a number as "text or number", because it reads both; clients send and get numbers. */
function withoutNumericText(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('anyOf' in value) || !Array.isArray(value.anyOf)) {
    return value;
  }
  const { anyOf, ...rest } = value;
  const [text, number, ...others] = anyOf;
  const isNumericText = text?.type === 'string' && ['integer', 'numeric'].includes(text.format);
  return isNumericText && others.length === 0 ? { ...number, ...rest } : value;
}
