import { toOpenAPISchema } from '@elysiajs/openapi';
import type { AnyElysia } from 'elysia';
import { tasks } from '../tasks/registry.ts';

interface JsonMedia {
  schema?: unknown;
  examples?: Record<string, { summary: string; value: unknown }>;
}
interface Operation {
  requestBody?: { content: Record<string, JsonMedia> };
  security?: Record<string, string[]>[];
  [key: string]: unknown;
}
type Paths = Record<string, Record<string, Operation>>;

/** Operations that take no key. */
const openPaths = [/^\/api\/v1\/(health|packages)$/, /^\/files\//];

/**
 * The OpenAPI 3.1 document: Elysia's routes, with JSON as the only body and every task's own input schema
 * from the registry in place of the generic one.
 */
export function describeApi(app: AnyElysia, version: string): object {
  // The generated document is plain JSON; a copy drops TypeBox's symbols and shared references.
  const text = JSON.stringify(toOpenAPISchema(app, undefined, undefined, undefined, '3.1.0'));
  const generated = JSON.parse(text, (_key, value) => withoutNumericText(value));
  const paths: Paths = generated.paths;
  for (const [path, operations] of Object.entries(paths)) {
    for (const operation of Object.values(operations)) {
      keepJson(operation);
      if (!openPaths.some((pattern) => pattern.test(path)))
        operation.security = [{ bearer: [] }, { apiKey: [] }];
    }
  }
  for (const [path, extra] of [
    ['/api/v1/media/jobs', submitFields(paths)],
    ['/api/v1/media/quote', {}],
  ] as const) {
    const media = paths[path]?.post?.requestBody?.content['application/json'];
    if (media) describeTasks(media, extra);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Killa Tamata',
      version,
      description: 'A self-hosted media-generation appliance. Submit a job, poll it, download its outputs.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths,
    components: {
      schemas: { ...generated.components.schemas, ...taskSchemas() },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
      },
    },
  };
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

function keepJson(operation: Operation): void {
  const json = operation.requestBody?.content['application/json'];
  if (operation.requestBody && json) operation.requestBody.content = { 'application/json': json };
}

function schemaName(task: string): string {
  return `Input.${task}`;
}

function taskSchemas(): Record<string, object> {
  const schemas: Record<string, object> = {};
  for (const { name, title, summary, inputSchema } of tasks.values()) {
    schemas[schemaName(name)] = { title, description: summary, ...JSON.parse(JSON.stringify(inputSchema)) };
  }
  return schemas;
}

/** The optional fields of a submit beside `task` and `input`, as Elysia described them. */
function submitFields(paths: Paths): Record<string, unknown> {
  const schema = paths['/api/v1/media/jobs']?.post?.requestBody?.content['application/json']?.schema;
  const properties = (schema as { properties?: Record<string, unknown> } | undefined)?.properties ?? {};
  const { task: _task, input: _input, ...rest } = properties;
  return rest;
}

function describeTasks(media: JsonMedia, extra: Record<string, unknown>): void {
  media.schema = {
    type: 'object',
    oneOf: [...tasks.values()].map(({ name, title }) => ({
      title,
      type: 'object',
      required: ['task', 'input'],
      additionalProperties: false,
      properties: {
        task: { const: name },
        input: { $ref: `#/components/schemas/${schemaName(name)}` },
        ...extra,
      },
    })),
  };
  media.examples = Object.fromEntries(
    [...tasks.values()].map(({ name, title, example }) => [
      name,
      { summary: title, value: { task: name, input: example } },
    ]),
  );
}
