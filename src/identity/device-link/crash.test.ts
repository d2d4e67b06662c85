import { expect, test } from 'bun:test';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApplianceChild } from '../../testing/appliance-child.ts';
import { type Answer, fakeModels } from '../../testing/test-appliance.ts';

const modelsFolder = fakeModels();

async function post(
  origin: string,
  path: string,
  body: unknown,
  key?: string,
): Promise<Omit<Answer, 'headers'>> {
  const response = await fetch(`${origin}/api/v1${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key === undefined ? {} : { 'x-api-key': key }) },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

test('an approval outlives a kill, its key is handed out once by the next process, and that outlives one too', async () => {
  const options = {
    ...{ dataFolder: mkdtempSync(join(tmpdir(), 'kt-data-')), modelsFolder },
    settings: { KT_PORT: '0', KT_LOG_LEVEL: 'error' },
  };
  const first = await startApplianceChild(options);
  const { deviceCode, userCode } = (await post(first.origin, '/device/link/start', {})).body;
  const approved = await post(first.origin, '/device/link/approve', { userCode }, first.apiKey);
  await first.kill();
  expect(approved.status).toBe(200);
  const second = await startApplianceChild(options);
  const polled = await post(second.origin, '/device/link/poll', { deviceCode });
  await second.kill();
  expect(polled.status).toBe(200);
  const third = await startApplianceChild(options);
  const balance = await fetch(`${third.origin}/api/v1/balance`, {
    headers: { 'x-api-key': polled.body.apiKey },
  });
  const again = await post(third.origin, '/device/link/poll', { deviceCode });
  await third.stop();
  expect([balance.status, again.status, again.body.code]).toEqual([200, 400, 'invalid_grant']);
});
