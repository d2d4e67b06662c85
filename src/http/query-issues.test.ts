import { afterAll, beforeAll, expect, test } from 'bun:test';
import { fakeModels, startTestAppliance, type TestAppliance } from '../testing/test-appliance.ts';

interface Parameter {
  name: string;
  in: string;
  required?: boolean;
}

let appliance: TestAppliance;
/** Every operation that takes a `limit`, with what it can't do without. */
let lists: { path: string; needed: string }[];
beforeAll(async () => {
  appliance = await startTestAppliance({ modelsFolder: fakeModels() });
  const { paths } = (await appliance.call('GET', '/openapi.json', { key: null })).body;
  lists = Object.entries<{ get?: { parameters?: Parameter[] } }>(paths).flatMap(([path, { get }]) => {
    const query = (get?.parameters ?? []).filter((parameter) => parameter.in === 'query');
    if (!query.some(({ name }) => name === 'limit')) return [];
    const required = query.filter((parameter) => parameter.required === true);
    return [{ path, needed: required.map(({ name }) => `&${name}=x`).join('') }];
  });
});
afterAll(() => appliance.stop());

const ask = (path: string) => appliance.call('GET', path, { key: appliance.adminKey });

/** As a client of the path reads it. */
function pathsOf(path: string, { error, details }: { error: { param?: string }; details?: object }) {
  if (path.startsWith('/v1/')) return [`/${error.param}`];
  return (details as { issues: { path: string }[] }).issues.map((issue) => issue.path);
}

test.each(['0', '-1', '1.5', '100000', 'x', ''])(
  'every list that is asked for %p things names the field that is wrong',
  async (limit) => {
    const wrong: unknown[] = [];
    for (const { path, needed } of lists) {
      const { status, body } = await ask(`${path}?limit=${limit}${needed}`);
      const paths = status === 422 || status === 400 ? pathsOf(path, body) : [];
      if (paths.join() !== '/limit') wrong.push({ path, status, body });
    }
    expect(wrong).toEqual([]);
    expect(lists.length).toBeGreaterThan(12);
  },
);

test('everything that is wrong with a query is told at once, and nothing that is right', async () => {
  const { status, body } = await ask('/api/v1/media/jobs?limit=0&status=lost&cursor=0');
  expect(status).toBe(422);
  const { issues } = body.details;
  expect(issues.map(({ path }: { path: string }) => path).toSorted()).toEqual(['/limit', '/status']);
  expect(issues.find(({ path }: { path: string }) => path === '/limit').allowed).toEqual(['1..100']);
});
