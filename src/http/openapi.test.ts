import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { tasks } from '../tasks/registry.ts';
import { fakeModels, startTestAppliance, type TestAppliance } from '../testing/test-appliance.ts';

interface Schema {
  const?: string;
  properties?: Record<string, Schema>;
  oneOf?: Schema[];
  $ref?: string;
}
interface Operation {
  operationId: string;
  summary?: string;
  responses: Record<string, { description?: string }>;
  requestBody?: {
    content: Record<string, { schema: Schema; examples?: Record<string, { value: unknown }> }>;
  };
  parameters?: { name: string; in: string; required?: boolean; schema?: { type?: string } }[];
  security?: Record<string, string[]>[];
}
interface Document {
  openapi: string;
  info: Record<string, unknown>;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Record<string, unknown>>; securitySchemes: Record<string, unknown> };
}

let appliance: TestAppliance;
let document: Document;
let operations: [name: string, Operation][];
beforeAll(async () => {
  appliance = await startTestAppliance({ modelsFolder: fakeModels() });
  document = (await appliance.call('GET', '/openapi.json', { key: null })).body;
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const,
    ),
  ) as [string, Operation][];
});
afterAll(() => appliance.stop());

const operationOf = (name: string) => operations.find(([known]) => known === name)?.[1];

/** Every value in the document with this key, at any depth. */
function valuesOf(key: string, value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [
    ...(name === key ? [inner] : []),
    ...valuesOf(key, inner),
  ]);
}

describe('the document', () => {
  test('is OpenAPI 3.1 with what every document must have', () => {
    expect(document.openapi).toMatch(/^3\.1\.\d$/);
    expect(document.info).toMatchObject({ title: expect.any(String), version: expect.any(String) });
    for (const [name, operation] of operations) {
      expect([name, Object.keys(operation.responses).length > 0]).toEqual([name, true]);
      for (const response of Object.values(operation.responses))
        expect([name, typeof response.description]).toEqual([name, 'string']);
      expect([name, operation.summary !== undefined]).toEqual([name, true]);
    }
    const ids = operations.map(([, { operationId }]) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('has every route of the app that is not hidden, and no other', () => {
    const isHidden = (hooks: { detail?: { hide?: boolean } }) => hooks.detail?.hide === true;
    const routes = appliance.app.routes
      .filter(({ hooks }) => !isHidden(hooks))
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
    expect(routes.length).toBeGreaterThan(12);
    expect(operations.map(([name]) => name).toSorted()).toEqual(routes.toSorted());
  });

  test('names every parameter of a path, and path parameters are required', () => {
    for (const [name, { parameters = [] }] of operations) {
      const inPath = [...name.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter);
      const declared = parameters.filter((parameter) => parameter.in === 'path');
      expect([name, declared.map((parameter) => parameter.name)]).toEqual([name, inPath as string[]]);
      expect(declared.every(({ required }) => required)).toBe(true);
    }
  });

  test('has no reference that leads nowhere', () => {
    const references = valuesOf('$ref', document);
    expect(references.length).toBeGreaterThan(9);
    for (const reference of references) {
      const path = String(reference).split('/');
      expect(path.shift()).toBe('#');
      const found = path.reduce<unknown>(
        (value, name) => (typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined),
        document,
      );
      expect([reference, typeof found]).toEqual([reference, 'object']);
    }
  });

  test('knows the dialect it speaks: no keyword of OpenAPI 3.0, no number that may be text', () => {
    expect(valuesOf('nullable', document)).toEqual([]);
    expect(
      valuesOf('format', document).filter((format) => format === 'integer' || format === 'numeric'),
    ).toEqual([]);
    const limit = operationOf('GET /api/v1/media/jobs')?.parameters?.find(({ name }) => name === 'limit');
    expect(limit?.schema).toMatchObject({ type: 'number', minimum: 1, maximum: 100, default: 20 });
  });

  test('asks for a key or a session wherever the app does, in all its forms', async () => {
    const schemes = document.components.securitySchemes;
    expect(schemes).toMatchObject({
      bearer: { type: 'http' },
      apiKey: { in: 'header', name: 'x-api-key' },
      browserSession: { in: 'cookie', name: 'killa_tamata_browser_session' },
    });
    for (const [name, operation] of operations) {
      const [method = '', path = ''] = name.split(' ');
      const url = path.replaceAll(/\{\w+\}/g, 'x');
      const needsQuery = operation.parameters?.some(
        ({ required, in: place }) => required && place === 'query',
      );
      // Who has no key is told so before what is wrong with the body.
      const options = { key: null, ...(operation.requestBody ? { body: {} } : {}) };
      const { status } = await appliance.call(method, needsQuery ? `${url}?jobId=x` : url, options);
      expect([name, status === 401]).toEqual([name, operation.security !== undefined]);
      const known = path.startsWith('/api/v1/auth/browser/') ? ['browserSession'] : Object.keys(schemes);
      if (operation.security) expect(operation.security.flatMap(Object.keys)).toEqual(known);
    }
  });
});

describe('bodies', () => {
  test('are JSON, or for submit and quote forms with files, or the file itself', () => {
    const bodies = operations.filter(([, { requestBody }]) => requestBody);
    expect(bodies.length).toBeGreaterThan(5);
    for (const [name, { requestBody }] of bodies) {
      const forms = /media\/(jobs|quote)$|\/v1\/(images\/edits|audio\/transcriptions|videos)$/.test(name)
        ? ['multipart/form-data']
        : [];
      const types = Object.keys(requestBody?.content ?? {});
      const isUpload = name === 'POST /api/v1/studio/assets/upload';
      const own = isUpload ? ['application/octet-stream', 'multipart/form-data'] : ['application/json'];
      expect([name, types]).toEqual([name, [...own, ...forms]]);
    }
  });

  test.each(['POST /api/v1/media/jobs', 'POST /api/v1/media/quote'])(
    '%s takes each of the nine tasks',
    (name) => {
      const media = operationOf(name)?.requestBody?.content['application/json'];
      const names = [...tasks.keys()];
      const listed = media?.schema.oneOf ?? [];
      expect(listed.map(({ properties }) => properties?.task?.const)).toEqual(names);
      expect(listed.map(({ properties }) => properties?.input?.$ref)).toEqual(
        names.map((task) => `#/components/schemas/Input.${task}`),
      );
      expect(Object.keys(media?.examples ?? {})).toEqual(names);
      const all = ['task', 'input', 'idempotencyKey', 'priority', 'maxAmountMicros', 'webhookUrl'];
      for (const { properties = {} } of listed) expect(Object.keys(properties)).toEqual(all);
    },
  );

  test('says that there may be too many event streams, and when to come again', () => {
    const refusal = operationOf('GET /api/v1/media/jobs/events')?.responses['429'];
    expect(refusal).toMatchObject({
      headers: { 'Retry-After': { schema: { type: 'integer' } } },
      content: { 'application/json': { schema: { required: ['error', 'code'] } } },
    });
  });

  test('of sign-in, keys and affiliates show for every field what it looks like, as their answers do', () => {
    const paths = Object.entries(document.paths).filter(([path]) =>
      /^\/api\/v1\/(auth|keys|(admin\/)?affiliates)/.test(path),
    );
    expect(paths.length).toBeGreaterThan(5);
    for (const [path, methods] of paths) {
      for (const { requestBody, responses } of Object.values(methods)) {
        const { default: _error, ...answers } = responses;
        const fields = valuesOf('properties', [requestBody, answers]).flatMap((properties) =>
          Object.entries(properties as Record<string, object>),
        );
        const shows = (schema: object) =>
          ['examples', 'enum', 'const'].some((key) => valuesOf(key, schema).length > 0);
        const bare = fields.filter(([, schema]) => !shows(schema));
        expect([path, bare.map(([field]) => field)]).toEqual([path, []]);
      }
    }
  });

  test("each task's schema is the registry's own, with a title and a description", () => {
    for (const task of tasks.values()) {
      const { title, summary: description, inputSchema } = task;
      const fields = Object.keys(inputSchema.properties);
      const schema = document.components.schemas[`Input.${task.name}`];
      expect(Object.keys(schema?.properties ?? {})).toEqual(fields);
      expect(schema).toMatchObject({ title, description, additionalProperties: false });
    }
  });
});
