import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { chmodSync, mkdtempSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fakeModels } from '../src/testing/test-appliance.ts';
import { type ListeningAppliance, newUser, startListening, untilSaid } from './test-terminal.ts';

let appliance: ListeningAppliance;
let other: ListeningAppliance;
beforeAll(async () => {
  [appliance, other] = await Promise.all([
    startListening({ modelsFolder: fakeModels() }),
    startListening({ modelsFolder: fakeModels() }),
  ]);
});
afterAll(() => Promise.all([appliance.end(), other.end()]));

const settingsOf = (home: string) => join(home, '.config/killatamata/config.json');
const keyOf = (home: string, url: string) =>
  JSON.parse(readFileSync(settingsOf(home), 'utf8')).profiles[url]?.apiKey;
const codeIn = (text: string) => /approve ([A-Z]{4}-[A-Z]{4})/.exec(text)?.[1] ?? '';

describe('killatamata login', () => {
  test('shows a code, waits for somebody to approve it, and keeps the key to its owner', async () => {
    const user = newUser();
    const started = user.start(['login', '--url', appliance.origin, '--label', 'my laptop']);
    await untilSaid(started, 'killatamata approve');
    expect(started.stderr()).toContain(`${appliance.origin}/device?userCode=${codeIn(started.stderr())}`);
    const approver = appliance.user();
    const code = codeIn(started.stderr());
    expect((await approver.run(['approve', code])).exitCode).toBe(2);
    const approved = await approver.run(['approve', code, '--yes', '--json']);
    expect(JSON.parse(approved.stdout)).toMatchObject({ status: 'approved', keyLabel: 'my laptop' });
    expect((await started.ended).exitCode).toBe(0);
    expect(statSync(settingsOf(user.home)).mode & 0o777).toBe(0o600);
    expect((await user.run(['balance'])).stdout).toBe('$25.00\n');

    expect((await user.run(['logout', '--revoke'])).exitCode).toBe(0);
    expect(keyOf(user.home, appliance.origin)).toBeUndefined();
    const { body } = await appliance.call('GET', '/api/v1/keys');
    expect(body.keys.find(({ label }: { label: string }) => label === 'my laptop').revokedAt).not.toBeNull();
  });

  test('tells a person what asks, and approves only when they say so', async () => {
    const started = newUser().start([
      'login',
      '--url',
      appliance.origin,
      '--label',
      'the \u{1b}[2J\u{202e}device',
    ]);
    await untilSaid(started, 'killatamata approve');
    const approver = appliance.user();
    const code = codeIn(started.stderr());
    const asked = approver.start(['approve', code], { hasTerminal: true });
    await untilSaid(asked, '[y/N]');
    expect(asked.stdout()).toContain('the \u{fffd}[2J\u{fffd}device');
    asked.type('\r');
    expect((await asked.ended).exitCode).toBe(130);
    expect((await approver.run(['deny', code])).exitCode).toBe(0);
    const { exitCode, stderr } = await started.ended;
    expect([exitCode, stderr]).toEqual([3, expect.stringContaining('refused')]);
  });

  test('keeps a given key for each appliance, and sends it to no other', async () => {
    const user = newUser();
    const login = (at: ListeningAppliance) =>
      user.run(['login', '--url', at.origin, '--key', '-'], { stdin: `${at.apiKey}\n` });
    expect((await login(appliance)).exitCode).toBe(0);
    chmodSync(settingsOf(user.home), 0o644);
    const second = await login(other);
    expect([second.exitCode, second.stderr]).toEqual([0, expect.stringContaining('Others could read')]);
    expect(statSync(settingsOf(user.home)).mode & 0o777).toBe(0o600);
    expect(keyOf(user.home, appliance.origin)).toBe(appliance.apiKey);
    expect(keyOf(user.home, other.origin)).toBe(other.apiKey);
    // The last one is meant where none is named.
    const keys = JSON.parse((await user.run(['keys', '--json'])).stdout).keys;
    expect(keys.map(({ keyPrefix }: { keyPrefix: string }) => other.apiKey.startsWith(keyPrefix))).toContain(
      true,
    );
    const third = await user.run(['balance', '--url', 'http://127.0.0.1:1']);
    expect([third.exitCode, third.stderr]).toEqual([3, expect.stringContaining('no key for')]);
  });

  test('refuses a key that is none, and keeps its settings where XDG says', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kt-xdg-'));
    const user = newUser({ XDG_CONFIG_HOME: folder });
    const bad = await user.run(['login', '--url', appliance.origin, '--key', 'kt_live_nonsense']);
    expect(bad.exitCode).toBe(3);
    await user.run(['login', '--url', appliance.origin, '--key', appliance.apiKey]);
    expect(statSync(join(folder, 'killatamata/config.json')).isFile()).toBe(true);
  });
});

describe('killatamata keys', () => {
  test('makes, lists and revokes keys with limits', async () => {
    const user = appliance.user();
    const limits = ['--task', 'image.generate', '--task', 'image.edit', '--usd-per-day', '2.5'];
    const created = JSON.parse(
      (await user.run(['keys', 'create', '--label', 'agent', ...limits, '--json'])).stdout,
    );
    expect(created).toMatchObject({ allowedTasks: ['image.generate', 'image.edit'], spendCapUsdPerDay: 2.5 });
    expect((await user.run(['keys'])).stdout).toContain('image.generate, image.edit, $2.5 a day');
    const refused = await user.run(['run', 'audio.speak', 'text=hello', '--yes'], {
      environment: { KILLATAMATA_API_KEY: created.apiKey },
    });
    expect(refused.exitCode).toBe(3);
    expect((await user.run(['keys', 'revoke', created.keyPrefix])).exitCode).toBe(0);
    const gone = await user.run(['balance'], { environment: { KILLATAMATA_API_KEY: created.apiKey } });
    expect(gone.exitCode).toBe(3);
    expect((await user.run(['keys', 'create', '--admin'])).exitCode).toBe(3);
    expect((await user.run(['keys', 'what'])).exitCode).toBe(2);
  });
});
