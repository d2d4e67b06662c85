import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import {
  type Answer,
  fakeModels,
  startTestAppliance,
  type TestAppliance,
} from '../../testing/test-appliance.ts';

let appliance: TestAppliance;
let now = Date.UTC(2026, 10, 24);
beforeAll(async () => {
  appliance = await startTestAppliance({ modelsFolder: fakeModels(), clock: () => now++ });
});
afterAll(() => appliance.stop());

async function openAccount(): Promise<string> {
  const request = { key: appliance.adminKey, body: { name: 'Customer' } };
  return (await appliance.call('POST', '/api/v1/admin/accounts', request)).body.apiKey;
}
const studioOf = (key: string) => (method: string, path: string, body?: unknown) =>
  appliance.call(method, `/api/v1/studio/${path}`, { key, ...(body === undefined ? {} : { body }) });

describe('the workspace of a new account', () => {
  test('is empty, and looking at it makes nothing', async () => {
    const studio = studioOf(await openAccount());
    for (let looks = 0; looks < 2; looks++) {
      const { status, body } = await studio('GET', 'snapshot');
      expect(status).toBe(200);
      expect(body).toEqual({
        settings: { activeProjectId: null, activeThreadId: null, instructions: '', runFreePlans: true },
        ...{ projects: [], threads: [], activeThread: null, balanceUsd: 0, balanceMicros: 0 },
        planner: { name: 'embedded', ready: true, lacks: null },
        storage: { usedBytes: 0, quotaBytes: 21_474_836_480 },
        ...{ runningPlans: [], pendingApprovals: [] },
      });
    }
  });

  test('has its first project with its first conversation', async () => {
    const studio = studioOf(await openAccount());
    const { status, body } = await studio('POST', 'threads', {});
    expect(status).toBe(201);
    const { settings, projects, threads, activeThread } = (await studio('GET', 'snapshot')).body;
    expect(projects.map((project: Answer['body']) => project.projectId)).toEqual([body.projectId]);
    expect(threads).toEqual([body]);
    expect(activeThread).toEqual({ thread: body, messages: [], nextCursor: null });
    expect(settings).toMatchObject({ activeProjectId: body.projectId, activeThreadId: body.threadId });
  });
});

describe('projects', () => {
  test('are listed the last changed first, archived ones by themselves, and page by page', async () => {
    const studio = studioOf(await openAccount());
    const add = async (name: string) => (await studio('POST', 'projects', { name })).body.projectId;
    const [a, b, c, d] = [await add('A'), await add('B'), await add('C'), await add('D')];
    for (const projectId of [b, d]) await studio('PATCH', 'projects/update', { projectId, archived: true });
    await studio('PATCH', 'projects/update', { projectId: a, name: 'A again' });
    const list = async (query: string) => (await studio('GET', `projects?${query}`)).body;
    const ids = ({ projects }: Answer['body']) =>
      projects.map((project: Answer['body']) => project.projectId);
    expect(ids(await list(''))).toEqual([a, c]);
    expect(ids(await list('archived=true'))).toEqual([d, b]);
    const first = await list('archived=true&limit=1');
    expect([ids(first), typeof first.nextCursor]).toEqual([[d], 'string']);
    const second = await list(`archived=true&limit=1&cursor=${first.nextCursor}`);
    expect([ids(second), second.nextCursor]).toEqual([[b], null]);
    expect((await studio('GET', 'projects?cursor=x')).body.code).toBe('bad_cursor');
    const stranger = studioOf(await openAccount());
    expect((await stranger('GET', 'projects')).body).toEqual({ projects: [], nextCursor: null });
  });

  test('are renamed, described and archived; archived ones leave the snapshot', async () => {
    const studio = studioOf(await openAccount());
    const { projectId } = (await studio('POST', 'projects', { name: 'A', description: 'x' })).body;
    const changed = (await studio('PATCH', 'projects/update', { projectId, name: 'B' })).body;
    expect(changed).toMatchObject({ name: 'B', description: 'x', archivedAt: null });
    const archived = (await studio('PATCH', 'projects/update', { projectId, archived: true })).body;
    expect(archived.archivedAt).not.toBeNull();
    expect((await studio('GET', 'snapshot')).body.projects).toEqual([]);
    await studio('PATCH', 'projects/update', { projectId, archived: false });
    expect((await studio('GET', 'snapshot')).body.projects.length).toBe(1);
  });

  test('are not the active one any more once they are archived', async () => {
    const studio = studioOf(await openAccount());
    const { projectId } = (await studio('POST', 'threads', {})).body;
    await studio('PATCH', 'projects/update', { projectId, name: 'Still open' });
    expect((await studio('GET', 'snapshot')).body.settings.activeProjectId).toBe(projectId);
    await studio('PATCH', 'projects/update', { projectId, archived: true });
    const { settings, threads, activeThread } = (await studio('GET', 'snapshot')).body;
    expect(settings).toMatchObject({ activeProjectId: null, activeThreadId: null });
    expect([threads, activeThread]).toEqual([[], null]);
    expect((await studio('POST', 'threads', {})).body.projectId).not.toBe(projectId);
  });

  test('and conversations have no blank names, and the agent gets no blank message', async () => {
    const studio = studioOf(await openAccount());
    const answers = [
      await studio('POST', 'projects', { name: '  ' }),
      await studio('POST', 'threads', { title: ' \n' }),
      await studio('POST', 'agent/messages/prepare', { message: '  ' }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([422, 422, 422]);
  });

  test('another project has no active conversation until one is opened', async () => {
    const studio = studioOf(await openAccount());
    const thread = (await studio('POST', 'threads', { title: 'First' })).body;
    const other = (await studio('POST', 'projects', { name: 'Other' })).body;
    const settings = (await studio('PATCH', 'settings', { activeProjectId: other.projectId })).body;
    expect(settings).toMatchObject({ activeProjectId: other.projectId, activeThreadId: null });
    await studio('POST', 'threads/select', { threadId: thread.threadId });
    const snapshot = (await studio('GET', 'snapshot')).body;
    expect(snapshot.settings).toMatchObject({
      activeProjectId: thread.projectId,
      activeThreadId: thread.threadId,
    });
  });
});

describe('settings', () => {
  test('change as far as they are given', async () => {
    const studio = studioOf(await openAccount());
    await studio('PATCH', 'settings', { instructions: 'Warm colours.' });
    const settings = (await studio('PATCH', 'settings', { runFreePlans: false })).body;
    expect(settings).toMatchObject({ instructions: 'Warm colours.', runFreePlans: false });
  });

  test.each([
    ['a field that is none', { accountId: 'acct_x' }],
    ['instructions without end', { instructions: 'x'.repeat(2001) }],
    ['a switch that is text', { runFreePlans: 'yes' }],
  ])('%s is refused', async (_name, body) => {
    expect((await studioOf(appliance.apiKey)('PATCH', 'settings', body)).status).toBe(422);
  });
});

test("another account's projects and conversations are unknown, whatever is done to them", async () => {
  const mine = studioOf(await openAccount());
  const theirs = studioOf(await openAccount());
  const { threadId, projectId } = (await mine('POST', 'threads', { title: 'Mine' })).body;
  const attempts = [
    theirs('GET', `threads/detail?threadId=${threadId}`),
    theirs('POST', 'threads/select', { threadId }),
    theirs('PATCH', 'threads/update', { threadId, title: 'Theirs' }),
    theirs('POST', 'threads', { projectId }),
    theirs('PATCH', 'projects/update', { projectId, name: 'Theirs' }),
    theirs('PATCH', 'settings', { activeProjectId: projectId }),
  ];
  for (const { status, body } of await Promise.all(attempts))
    expect([status, body.code]).toEqual([404, 'not_found']);
  expect((await mine('GET', `threads/detail?threadId=${threadId}`)).body.thread.title).toBe('Mine');
  expect((await theirs('GET', 'snapshot')).body.projects).toEqual([]);
});
