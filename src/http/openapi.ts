import { toOpenAPISchema } from '@elysiajs/openapi';
import type { AnyElysia } from 'elysia';
import { ErrorBody } from '../jobs/model.ts';
import { tasks } from '../tasks/registry.ts';

interface JsonMedia {
  schema?: { properties?: Record<string, unknown>; [keyword: string]: unknown };
  examples?: Record<string, { summary: string; value: unknown }>;
}
interface Operation {
  requestBody?: { content: Record<string, JsonMedia> };
  security?: Record<string, string[]>[];
  responses?: Record<string, unknown>;
  [key: string]: unknown;
}
type Paths = Record<string, Record<string, Operation>>;

const anyError = {
  description: 'Any error',
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
};

/** Operations that take no key. */
const openPaths = [/^\/api\/v1\/(health|packages)$/, /^\/files\//];

/**
 * The OpenAPI 3.1 document: Elysia's routes, with every task's own input schema from the registry in place of
 * the generic one, and the error body that any of them may answer.
 */
export function describeApi(app: AnyElysia, version: string): object {
  // The generated document is plain JSON; a copy drops TypeBox's symbols and shared references.
  const text = JSON.stringify(toOpenAPISchema(app, undefined, undefined, undefined, '3.1.0'));
  const generated = JSON.parse(text, (_key, value) => withoutNumericText(value));
  const paths: Paths = generated.paths;
  for (const [path, operations] of Object.entries(paths)) {
    for (const operation of Object.values(operations)) {
      operation.responses = { ...operation.responses, default: anyError };
      if (!openPaths.some((pattern) => pattern.test(path)))
        operation.security = [{ bearer: [] }, { apiKey: [] }];
    }
  }
  for (const path of ['/api/v1/media/jobs', '/api/v1/media/quote']) {
    const media = paths[path]?.post?.requestBody?.content['application/json'];
    if (media) describeTasks(media);
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
      schemas: { ...generated.components.schemas, ...taskSchemas(), Error: ErrorBody },
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

/** Puts the nine tasks in place of `{task: string, input: object}`; the fields beside those stay as they are. */
function describeTasks(media: JsonMedia): void {
  const { task: _task, input: _input, ...extra } = media.schema?.properties ?? {};
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
