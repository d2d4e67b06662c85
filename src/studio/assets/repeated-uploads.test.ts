import { afterAll, beforeAll, expect, test } from 'bun:test';
import { fakeModels, startTestAppliance, type TestAppliance } from '../../testing/test-appliance.ts';
import { anotherKey, faultsOf, leftInStaging, picture, upload } from './test-assets.ts';

let appliance: TestAppliance;
beforeAll(async () => {
  appliance = await startTestAppliance({ modelsFolder: fakeModels() });
});
afterAll(() => appliance.stop());

const under = (key: string, header = 'idempotency-key') => ({ headers: { [header]: key } });
const countAssets = async (): Promise<number> => {
  const { body } = await appliance.call('GET', '/api/v1/studio/projects/assets?limit=200');
  return body.assets.length;
};

test('an upload that is repeated under its key is one asset, whichever header the key is in', async () => {
  const bytes = await picture('#123');
  const first = await upload(appliance, bytes, under('one'));
  expect([first.status, first.headers.get('idempotency-replayed')]).toEqual([201, null]);
  const before = await countAssets();
  for (const header of ['idempotency-key', 'x-idempotency-key']) {
    const again = await upload(appliance, bytes, under('one', header));
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([201, 'true']);
    expect(again.body.assetId).toBe(first.body.assetId);
  }
  expect(await countAssets()).toBe(before);
  const alone = await upload(appliance, bytes);
  expect(alone.body.assetId).not.toBe(first.body.assetId);
  const other = await upload(appliance, bytes, under('another'));
  expect(other.body.assetId).not.toBe(first.body.assetId);
});

test('other bytes, or the same for another place, under a key that was used are refused and leave nothing', async () => {
  const bytes = await picture('#456');
  await upload(appliance, bytes, under('taken'));
  const before = await countAssets();
  const query = { query: { filename: 'file', title: 'Another' } };
  for (const [body, options] of [
    [await picture('#457'), {}],
    [bytes, query],
  ] as const) {
    const refused = await upload(appliance, body, { ...options, ...under('taken') });
    expect([refused.status, refused.body.code]).toEqual([422, 'idempotency_key_reuse']);
  }
  expect(await countAssets()).toBe(before);
  expect(leftInStaging(appliance.dataFolder)).toEqual([]);
  expect(faultsOf(appliance.dataFolder)).toEqual([]);
});

test('many at once under one key are one asset: the others are it, or are told to come again', async () => {
  const bytes = await picture('#789');
  const before = await countAssets();
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => upload(appliance, bytes, under('at-once'))),
  );
  const made = answers.filter(({ status }) => status === 201);
  expect(new Set(made.map(({ body }) => body.assetId)).size).toBe(1);
  for (const { status, body } of answers) {
    if (status !== 201) expect([status, body.code]).toEqual([409, 'request_in_progress']);
  }
  expect(await countAssets()).toBe(before + 1);
});

test('a file that was refused may be sent again under its key, and a key is for its account', async () => {
  expect((await upload(appliance, 'no picture', under('retry'))).status).toBe(415);
  const bytes = await picture('#abc');
  const { status, body } = await upload(appliance, bytes, under('retry'));
  expect(status).toBe(201);
  const key = await anotherKey(appliance);
  const theirs = await upload(appliance, bytes, { key, ...under('retry') });
  expect(theirs.headers.get('idempotency-replayed')).toBeNull();
  expect(theirs.body.assetId).not.toBe(body.assetId);
  expect((await upload(appliance, bytes, under('k'.repeat(256)))).status).toBe(400);
});
