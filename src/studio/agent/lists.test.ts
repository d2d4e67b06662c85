import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { type Answer, startTestAppliance, type TestAppliance } from '../../testing/test-appliance.ts';

let now = Date.UTC(2026, 10, 24, 12);
let appliance: TestAppliance;
let stranger: string;
beforeAll(async () => {
  appliance = await startTestAppliance({
    environment: { KT_PROFILE: 'embedded', KT_PRICING_DRAFT_MULTIPLIER: '1' },
    ...{ clock: () => now, monotonic: () => performance.now() },
  });
  const request = { key: appliance.adminKey, body: { name: 'Stranger' } };
  stranger = (await appliance.call('POST', '/api/v1/admin/accounts', request)).body.apiKey;
});
afterAll(() => appliance.stop());

const studio = (method: string, path: string, body?: unknown, key = appliance.apiKey) =>
  appliance.call(method, `/api/v1/studio/${path}`, body === undefined ? { key } : { body, key });
const newThread = async (projectId?: string): Promise<string> =>
  (await studio('POST', 'threads', { ...(projectId === undefined ? {} : { projectId }) })).body.threadId;
const prepare = async (threadId: string, message: string): Promise<Answer['body']> =>
  (await studio('POST', 'agent/messages/prepare', { threadId, message })).body;

/** Every row of a list, two at a time. */
async function readAll(path: string, rowsOf: (body: Answer['body']) => Answer['body'][]) {
  const rows: Answer['body'][] = [];
  let cursor = '';
  for (;;) {
    const { status, body } = await studio('GET', `${path}&limit=2${cursor}`);
    expect(status).toBe(200);
    rows.push(...rowsOf(body));
    if (body.nextCursor === null) return rows;
    cursor = `&cursor=${body.nextCursor}`;
  }
}

describe('the messages of a conversation', () => {
  test('are listed newest first, page by page, those of one moment too, and no others', async () => {
    const threadId = await newThread();
    await prepare(await newThread(), 'a picture of a dog');
    const asked: string[] = [];
    for (const message of ['hello', 'a picture of a fox', 'a picture of a cat', 'thanks', 'a bear']) {
      asked.push((await prepare(threadId, message)).requestId);
    }
    now += 1;
    asked.push((await prepare(threadId, 'a picture of an owl')).requestId);
    const rows = await readAll(`agent/requests?threadId=${threadId}`, ({ requests }) => requests);
    expect(rows[0].requestId).toBe(asked.at(-1) ?? '');
    expect(new Set(rows.map(({ requestId }) => requestId))).toEqual(new Set(asked));
    expect(rows).toHaveLength(asked.length);
    const fox = rows.find(({ message }) => message === 'a picture of a fox');
    expect(fox).toMatchObject({ state: 'awaiting_approval', planDeleted: false });
    expect(fox.plan).toMatchObject({ state: 'proposed', steps: [{ task: 'image.generate' }] });
    expect(fox.plan.steps[0].input).toBeUndefined();
    expect(rows.find(({ message }) => message === 'hello')).toMatchObject({ state: 'answered', plan: null });
  });

  test("are a 404 where the conversation is another account's or unknown", async () => {
    const threadId = await newThread();
    const of = (id: string) => `agent/requests?threadId=${id}`;
    expect((await studio('GET', of(threadId))).body).toEqual({ requests: [], nextCursor: null });
    expect((await studio('GET', of(threadId), undefined, stranger)).status).toBe(404);
    expect((await studio('GET', of('thr_unknown'))).status).toBe(404);
  });

  test('want a conversation or a message, and a cursor of ours', async () => {
    const threadId = await newThread();
    for (const query of ['', `?threadId=${threadId}&requestId=req_1`]) {
      const { status, body } = await studio('GET', `agent/requests${query}`);
      expect([status, body.details.issues[0].path]).toEqual([422, '/requestId']);
    }
    for (const cursor of ['x', '1', '1.', '-1.req_1', "1.'"]) {
      const path = `agent/requests?threadId=${threadId}&cursor=${encodeURIComponent(cursor)}`;
      const { status, body } = await studio('GET', path);
      expect([cursor, status, body.code]).toEqual([cursor, 400, 'bad_cursor']);
    }
  });
});

describe('plans', () => {
  test('are listed by project, conversation and state, newest first', async () => {
    const { projectId } = (await studio('POST', 'projects', { name: 'Listed' })).body;
    const threadId = await newThread(projectId);
    const [fox, cat] = [
      await prepare(threadId, 'a picture of a fox'),
      await prepare(threadId, 'a picture of a cat'),
    ];
    now += 1;
    const steps = [{ id: 'a', task: 'image.generate', input: { prompt: 'a dog', width: 64, height: 64 } }];
    const { planId } = (await studio('POST', 'agent/plans', { projectId, steps })).body;
    await studio('DELETE', `agent/plans?planId=${cat.plan.planId}`);
    const ids = async (query: string) =>
      (await readAll(`agent/plans?${query}`, ({ plans }) => plans)).map((plan) => plan.planId);
    const both = new Set([fox.plan.planId, cat.plan.planId]);
    const [newest, ...others] = await ids(`projectId=${projectId}`);
    expect([newest, new Set(others), others.length]).toEqual([planId, both, 2]);
    expect(new Set(await ids(`threadId=${threadId}`))).toEqual(both);
    expect(await ids(`threadId=${threadId}&status=proposed`)).toEqual([fox.plan.planId]);
    expect(await ids(`projectId=${projectId}&status=canceled`)).toEqual([cat.plan.planId]);
    expect(await ids(`projectId=${projectId}&status=running`)).toEqual([]);
    expect((await ids('status=proposed'))[0]).toBe(planId);
  });

  test("of another account's projects and conversations are a 404, and its own list has none of them", async () => {
    const { projectId } = (await studio('POST', 'projects', { name: 'Mine' })).body;
    const threadId = await newThread(projectId);
    await prepare(threadId, 'a picture of a fox');
    const ask = (query: string) => studio('GET', `agent/plans${query}`, undefined, stranger);
    expect((await ask(`?projectId=${projectId}`)).status).toBe(404);
    expect((await ask(`?threadId=${threadId}`)).status).toBe(404);
    expect((await ask('')).body).toEqual({ plans: [], nextCursor: null });
  });
});
