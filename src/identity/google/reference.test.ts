import { afterAll, beforeAll, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type SignInAppliance, startSignInAppliance } from '../../testing/sign-in-appliance.ts';

/** The sign-in examples of the API reference, run as written by a shell against a listening appliance. */

const folder = join(import.meta.dir, '../../testing/reference-sign-in');

let at: SignInAppliance;
beforeAll(async () => {
  at = await startSignInAppliance();
  at.appliance.app.listen({ hostname: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await at.appliance.app.stop(true);
  await at[Symbol.asyncDispose]();
});

async function run(name: string, sessionCookie = '') {
  const idToken = await at.google.sign();
  const script = readFileSync(join(folder, name), 'utf8')
    .replace('eyJhbGciOiJSUzI1NiIs...', idToken)
    .replace('<session-cookie>', sessionCookie)
    .replace('curl ', 'curl -sS -i ');
  const child = Bun.spawn(['sh', '-c', script], {
    env: { ...process.env, API_BASE: `http://127.0.0.1:${at.appliance.app.server?.port}` },
    ...{ stdout: 'pipe', stderr: 'inherit' },
  });
  const [head = '', body = ''] = (await child.stdout.text()).split('\r\n\r\n');
  return { head, body: JSON.parse(body) };
}

test.each(['google-key.sh', 'google-bootstrap.sh'])('%s makes a key that works', async (name) => {
  const { body } = await run(name);
  expect(body.label).toBe('Google bootstrap key');
  expect((await at.appliance.call('GET', '/api/v1/balance', { key: body.apiKey })).status).toBe(200);
});

test('google-browser.sh sets the cookie that browser-session.sh shows the session of', async () => {
  const { head, body } = await run('google-browser.sh');
  const [, cookie = ''] = /^set-cookie: killa_tamata_browser_session=([^;]+)/im.exec(head) ?? [];
  expect((await run('browser-session.sh', cookie)).body).toEqual(body);
});
