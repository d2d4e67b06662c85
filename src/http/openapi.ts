import { toOpenAPISchema } from '@elysiajs/openapi';
import type { AnyElysia } from 'elysia';
import { openAiErrors } from '../agents/openai/error-form.ts';
import { openAiForms } from '../agents/openai/form.ts';
import { OpenAiError } from '../agents/openai/model.ts';
import { sessionCookieName } from '../identity/browser/cookie.ts';
import { idempotencyHeaders } from '../idempotency/openapi-headers.ts';
import { ErrorBody, SubmitBody } from '../jobs/model.ts';
import { plainPart, plainSchema } from '../tasks/plain-schema.ts';
import { tasks } from '../tasks/registry.ts';
import { formSchema } from './form-body.ts';

interface JsonMedia {
  schema?: Record<string, unknown>;
  examples?: Record<string, { summary: string; value: unknown }>;
}
interface Operation {
  requestBody?: { content: Record<string, JsonMedia> };
  parameters?: object[];
  security?: Record<string, string[]>[];
  responses?: Record<string, unknown>;
  [key: string]: unknown;
}
type Paths = Record<string, Record<string, Operation>>;

const anyError = (schema: 'Error' | 'OpenAiError') => ({
  description: 'Any error',
  content: { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } },
});

/** Operations that take no key. Those that take one thing alone, such as a session, say so in their `detail.security`. */
const openPaths = [
  /^\/api\/v1\/(health|packages)$/,
  /^\/api\/v1\/auth\/((browser\/)?google|options)$/,
  /^\/api\/v1\/auth\/(email\/start|(browser\/)?email\/verify)$/,
  /^\/api\/v1\/device\/link\/(start|request|poll)$/,
  /^\/api\/v1\/webhooks\/(stripe|crypto)$/,
  /^\/api\/v1\/affiliates\/(r|validate-code|capture)$/,
  /^\/files\//,
];

/** By any of which a caller is known, everywhere else. */
const securitySchemes = {
  bearer: { type: 'http', scheme: 'bearer' },
  apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
  browserSession: {
    type: 'apiKey',
    in: 'cookie',
    name: sessionCookieName,
    description: 'Set by signing in with a browser. Only pages of this appliance may write with it.',
  },
};

/**
 * The OpenAPI 3.1 document: Elysia's routes, with every task's own input schema from the registry in place of
 * the generic one, and the error body that any of them may answer.
 */
export function describeApi(app: AnyElysia, version: string): object {
  // The generated document is plain JSON; a copy drops TypeBox's symbols and shared references.
  const text = JSON.stringify(toOpenAPISchema(app, undefined, undefined, undefined, '3.1.0'));
  const generated = JSON.parse(text, (_key, value) => plainPart(value));
  const paths: Paths = generated.paths;
  for (const [path, operations] of Object.entries(paths)) {
    for (const operation of Object.values(operations)) {
      const schema = openAiErrors.paths.test(path) ? 'OpenAiError' : 'Error';
      operation.responses = { ...operation.responses, default: anyError(schema) };
      if (!openPaths.some((pattern) => pattern.test(path)))
        operation.security ??= Object.keys(securitySchemes).map((name) => ({ [name]: [] }));
    }
  }
  for (const path of ['/api/v1/media/jobs', '/api/v1/media/quote']) {
    const content = paths[path]?.post?.requestBody?.content;
    if (!content) continue;
    if (content['application/json']) describeTasks(content['application/json']);
    content['multipart/form-data'] = { schema: formSchema };
  }
  for (const [path, schema] of Object.entries(openAiForms.schemas)) {
    const content = paths[path]?.post?.requestBody?.content;
    if (content) content['multipart/form-data'] = { schema };
  }
  const submit = paths['/api/v1/media/jobs']?.post;
  if (submit) submit.parameters = [...(submit.parameters ?? []), ...idempotencyHeaders];
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
      schemas: {
        ...generated.components.schemas,
        ...taskSchemas(),
        Error: plainSchema(ErrorBody),
        OpenAiError: plainSchema(OpenAiError),
      },
      securitySchemes,
    },
  };
}

function schemaName(task: string): string {
  return `Input.${task}`;
}

function taskSchemas(): Record<string, object> {
  const schemas: Record<string, object> = {};
  for (const { name, title, summary, inputSchema } of tasks.values()) {
    schemas[schemaName(name)] = { title, description: summary, ...plainSchema(inputSchema) };
  }
  return schemas;
}

/** Puts the nine tasks in place of `{task: string, input: object}`; the fields beside those stay as they are. */
function describeTasks(media: JsonMedia): void {
  const { task: _task, input: _input, ...extra } = SubmitBody.properties;
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
        ...plainSchema(extra),
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
