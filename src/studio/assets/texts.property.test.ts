import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import {
  type Answer,
  fakeModels,
  startTestAppliance,
  type TestAppliance,
} from '../../testing/test-appliance.ts';
import { faultsOf } from './test-assets.ts';

let appliance: TestAppliance;
beforeAll(async () => {
  appliance = await startTestAppliance({
    modelsFolder: fakeModels(),
    environment: { KT_RATE_LIMIT_WRITES_PER_MINUTE: '100000', KT_RATE_LIMIT_READS_PER_MINUTE: '100000' },
  });
});
afterAll(() => appliance.stop());

const documents = '/api/v1/studio/assets/text/document';
const studio = (method: string, path: string, body?: unknown) =>
  appliance.call(method, `/api/v1/studio/${path}`, body === undefined ? {} : { body });
const write = (text: string, more: object = {}): Promise<Answer> =>
  studio('POST', 'assets/text', { title: 'Text', text, ...more });
const read = (assetId: string, version?: number) =>
  appliance.call('GET', `${documents}?assetId=${assetId}${version ? `&version=${version}` : ''}`);
const change = (assetId: string, version: number, text: string) =>
  appliance.call('PATCH', documents, { body: { assetId, version, text } });

describe('a text', () => {
  test('is read as it was written, and each of its last fifty versions too', async () => {
    const { body } = await write('1 – Größe 🦊\n', { format: 'plain' });
    expect(body).toMatchObject({
      kind: 'text',
      mimeType: 'text/plain',
      filename: 'Text.txt',
      bytes: 19,
      url: null,
    });
    for (let version = 1; version < 55; version++) {
      expect((await change(body.assetId, version, `text ${version + 1}`)).body.version).toBe(version + 1);
    }
    const latest = (await read(body.assetId)).body;
    expect([latest.text, latest.format, latest.versions.length]).toEqual(['text 55', 'plain', 50]);
    expect((await read(body.assetId, 6)).body).toMatchObject({
      text: 'text 6',
      version: 6,
      latestVersion: 55,
    });
    expect((await read(body.assetId, 5)).status).toBe(404);
  });

  test('that was changed meanwhile is not overwritten: its writer is told what it is now', async () => {
    const { assetId } = (await write('one')).body;
    await change(assetId, 1, 'two');
    const stale = await change(assetId, 1, 'my two');
    expect([stale.status, stale.body.code, stale.body.details]).toEqual([
      ...[409, 'stale_version', { version: 2, text: 'two' }],
    ]);
    expect((await change(assetId, 3, 'from nowhere')).status).toBe(409);
    expect((await read(assetId)).body.text).toBe('two');
  });

  test('is found by what it says now, and no more by what it said', async () => {
    const { assetId } = (await write('A zeppelin')).body;
    await change(assetId, 1, 'An omnibus');
    const found = async (q: string) => (await studio('GET', `projects/assets?q=${q}`)).body.assets.length;
    expect([await found('zeppelin'), await found('omnibus')]).toEqual([0, 1]);
    await studio('PATCH', 'assets/metadata', { assetId, title: 'Vehicles' });
    expect(await found('vehicles%20omnibus')).toBe(1);
    await studio('DELETE', `assets?assetId=${assetId}`);
    expect([await found('omnibus'), (await read(assetId)).status]).toEqual([0, 404]);
  });

  test('is text: NUL, half a character and too much are refused', async () => {
    for (const text of ['a\u0000b', '\ud800', 'x'.repeat(200_001)])
      expect((await write(text)).status).toBe(422);
    expect((await write('🦊'.repeat(200_000))).status).toBe(201);
  });
});

test('whoever writes at once, no accepted change is lost, and each was made to the one before', async () => {
  const writer = fc.record({ changes: fc.integer({ min: 1, max: 6 }), rereads: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(writer, { minLength: 2, maxLength: 6 }), async (writers) => {
      const { assetId } = (await write('')).body;
      const accepted: string[] = [];
      await Promise.all(
        writers.map(async ({ changes, rereads }, who) => {
          let { version, text } = (await read(assetId)).body;
          for (let made = 0, tries = 0; made < changes && tries < 100; tries++) {
            const word = `${who}.${made};`;
            const answer = await change(assetId, version, text + word);
            if (answer.status === 200) {
              accepted.push(word);
              made++;
              ({ version, text } = answer.body);
            } else {
              expect(answer.body.code).toBe('stale_version');
              // What the refusal tells is enough to go on from.
              ({ version, text } = rereads ? (await read(assetId)).body : answer.body.details);
            }
          }
        }),
      );
      const { text, version } = (await read(assetId)).body;
      expect(text.match(/[^;]+;/g)?.toSorted()).toEqual(accepted.toSorted());
      expect(version).toBe(accepted.length + 1);
      for (let earlier = 1; earlier < version; earlier++) {
        const [before, after] = await Promise.all([read(assetId, earlier), read(assetId, earlier + 1)]);
        expect(after.body.text.startsWith(before.body.text)).toBe(true);
      }
    }),
    { numRuns: 15 },
  );
  expect(faultsOf(appliance.dataFolder)).toEqual([]);
}, 120_000);
