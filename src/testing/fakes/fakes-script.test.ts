import { expect, test } from 'bun:test';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings } from '../../settings/load-settings.ts';
import { projectRoot, startTestAppliance } from '../test-appliance.ts';

/** Starts all fakes on free ports, and lets a shell read what they print as it would be read by hand. */
async function startFakes() {
  const child = Bun.spawn([process.execPath, 'run', 'scripts/fake-providers/main.ts', '--port', '0'], {
    ...{ cwd: projectRoot, stdout: 'pipe', stderr: 'inherit' },
  });
  let output = '';
  for await (const chunk of child.stdout) {
    output += new TextDecoder().decode(chunk);
    if (output.includes('# All are up.')) break;
  }
  const shell = Bun.spawn(['sh', '-c', `${output}\nenv`], { env: {}, stdout: 'pipe' });
  const lines = (await shell.stdout.text()).split('\n').filter((line) => line.startsWith('KT_'));
  const settings = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  return { output, settings, [Symbol.asyncDispose]: () => (child.kill(), child.exited.then(() => {})) };
}

test('./scripts/fakes prints settings that an appliance takes, and a user of its Google signs in', async () => {
  await using fakes = await startFakes();
  const environment = { ...fakes.settings, KT_DATA_DIR: mkdtempSync(join(tmpdir(), 'kt-fakes-')) };
  expect(loadSettings({ projectRoot, environment }).google.clientIds).toHaveLength(1);
  const appliance = await startTestAppliance({ environment: fakes.settings });
  try {
    const tokenUrl = `${fakes.settings.KT_GOOGLE_ISSUERS}/token?email=grace@gmail.com`;
    const idToken = await (await fetch(tokenUrl)).text();
    const { status, body } = await appliance.call('POST', '/api/v1/auth/google', {
      key: null,
      body: { idToken },
    });
    expect([status, body.email]).toEqual([201, 'grace@gmail.com']);
  } finally {
    await appliance.stop();
  }
});
