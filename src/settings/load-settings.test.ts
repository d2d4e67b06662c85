import { describe, expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings, settingKeys } from './load-settings.ts';
import { ApplianceSettings } from './schema.ts';

const projectRoot = join(import.meta.dir, '../..');

function dataFolder(files: Record<string, string> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'kt-settings-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

function load(environment: Record<string, string>, files: Record<string, string> = {}) {
  return loadSettings({ projectRoot, environment: { KT_DATA_DIR: dataFolder(files), ...environment } });
}

describe('loading settings', () => {
  test('the shipped file gives every setting its default', () => {
    const settings = load({});
    expect(settings.server.port).toBe(8787);
    expect(settings.packages.map(({ code }) => code)).toContain('starter');
  });

  test('the data folder wins over the shipped file, and the environment over both', () => {
    const files = { 'appliance.toml': '[server]\nport = 1111\nhost = "0.0.0.0"\n' };
    const settings = load({ KT_PORT: '2222' }, files);
    expect(settings.server).toMatchObject({ port: 2222, host: '0.0.0.0', publicUrl: '' });
  });

  test('a variable is named after its table and key, and lists are comma-separated', () => {
    const settings = load({
      KT_INPUTS_MAX_IMAGE_BYTES: '1000',
      KT_INPUTS_TRUSTED_ORIGINS: 'http://127.0.0.1:9000, http://nas:80',
      KT_INPUTS_ALLOW_PRIVATE_NETWORKS: 'true',
    });
    expect(settings.inputs.maxImageBytes).toBe(1000);
    expect(settings.inputs.trustedOrigins).toEqual(['http://127.0.0.1:9000', 'http://nas:80']);
    expect(settings.inputs.allowPrivateNetworks).toBe(true);
  });

  test('unknown keys and bad values are all named, with their value and what is allowed', () => {
    const attempt = () =>
      load({ KT_PROFILE: 'cloud', KT_TYPO: '1' }, { 'appliance.toml': '[jobs]\nmaxAtempts = 3\n' });
    expect(attempt).toThrow(/KT_TYPO/);
    expect(attempt).toThrow(/engines.profile = "cloud".*"auto", "gpu", "embedded"/);
    expect(attempt).toThrow(/jobs.maxAtempts = 3/);
  });

  test.each([
    [{ KT_PORT: '99999' }, /server\.port = 99999 \(KT_PORT\)/],
    [{ KT_PUBLIC_URL: 'not-a-url' }, /KT_PUBLIC_URL\): expected an http\(s\) URL/],
    [{ KT_STORAGE_PROMISE_HOURS: '100' }, /promiseHours = 100 .*at most storage\.deleteHours, which is 72/],
    [{ KT_PRICING_DRAFT_MULTIPLIER: 'abc' }, /"abc" \(KT_PRICING_DRAFT_MULTIPLIER\)/],
    [{ KT_PRICING_DRAFT_MULTIPLIER: '' }, /KT_PRICING_DRAFT_MULTIPLIER/],
  ])('%p is refused with the variable and what is expected', (environment, message) => {
    expect(() => load(environment)).toThrow(message);
  });

  test('an empty KT_DATA_DIR means the default, not the working folder', () => {
    expect(loadSettings({ projectRoot, environment: { KT_DATA_DIR: '' } }).dataFolder).toBe(
      join(projectRoot, 'data'),
    );
  });

  test('a file that is not TOML is named', () => {
    expect(() => load({}, { 'appliance.toml': '[server\n' })).toThrow(/appliance\.toml/);
  });

  test('the shipped file explains every setting and holds no other', () => {
    const text = readFileSync(join(projectRoot, 'config/appliance.toml'), 'utf8');
    const parsed = Bun.TOML.parse(text) as Record<string, object>;
    const keys = Object.entries(parsed).flatMap(([section, table]) =>
      Object.keys(table).map((key) => `${section}.${key}`),
    );
    expect(keys.sort()).toEqual(settingKeys(ApplianceSettings).sort());
  });
});
