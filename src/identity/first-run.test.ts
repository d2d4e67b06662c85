import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closeDatabase, openDatabase, type OpenDatabase } from '../db/open.ts';
import { createWriter, type Writer } from '../db/writer.ts';
import { checkLedger } from '../ledger/invariants.ts';
import { createLedger } from '../ledger/ledger.ts';
import { createAuthenticator } from './authenticate.ts';
import { firstRun } from './first-run.ts';
import { createIdentityStore } from './store.ts';

const clock = () => 1_700_000_000_000;
const grantMicros = 25_000_000;
let dataFolder: string;
let database: OpenDatabase;
let writer: Writer;

beforeEach(() => {
  dataFolder = mkdtempSync(join(tmpdir(), 'kt-first-'));
  database = openDatabase(join(dataFolder, 'appliance.sqlite'));
  writer = createWriter(database);
});
afterEach(() => closeDatabase(database));

const path = () => join(dataFolder, 'first-run.txt');
function start(withWriter = writer) {
  const store = createIdentityStore(database);
  const ledger = createLedger({ db: database.db, clock });
  return firstRun({ store, ledger, writer: withWriter, clock, dataFolder, grantMicros });
}
function callerOf(apiKey: string) {
  const authenticator = createAuthenticator({ store: createIdentityStore(database), writer, clock });
  return authenticator.authenticate(new Headers({ 'x-api-key': apiKey }));
}

/** The power fails after the work, its file included, and before the commit. */
const failingWriter = (): Writer => ({
  ...writer,
  write: (work) =>
    writer.write(() => {
      work();
      throw new Error('The power failed.');
    }),
});

describe('the first start', () => {
  test('writes the keys to a file that only its owner reads', async () => {
    const made = await start();
    expect(made?.path).toBe(path());
    expect(readFileSync(path(), 'utf8')).toBe(`KT_ADMIN_KEY=${made?.adminKey}\nKT_API_KEY=${made?.apiKey}\n`);
    expect(statSync(path()).mode & 0o777).toBe(0o600);
    expect(readdirSync(dataFolder).filter((name) => name.endsWith('.new'))).toEqual([]);
  });

  test('its keys belong to one account, one of them is an admin key, and the grant is there', async () => {
    const made = await start();
    const admin = callerOf(made?.adminKey ?? '');
    const user = callerOf(made?.apiKey ?? '');
    expect([admin.role, user.role]).toEqual(['admin', 'user']);
    expect(user.accountId).toBe(admin.accountId);
    expect(createLedger({ db: database.db, clock }).balanceMicros(user.accountId)).toBe(grantMicros);
    expect(() => checkLedger(database.connection)).not.toThrow();
  });

  test('a second start makes no keys and leaves the file alone', async () => {
    await start();
    const before = readFileSync(path(), 'utf8');
    expect(await start()).toBeNull();
    expect(readFileSync(path(), 'utf8')).toBe(before);
    expect(database.connection.prepare('SELECT count(*) FROM api_keys').pluck().get()).toBe(2);
  });

  test('a crash between file and commit leaves nothing that counts, and the next start succeeds', async () => {
    await expect(start(failingWriter())).rejects.toThrow('The power failed.');
    const lost = readFileSync(path(), 'utf8');
    expect(() => callerOf(/KT_API_KEY=(.*)/.exec(lost)?.[1] ?? '')).toThrow('unknown or revoked');
    const made = await start();
    expect(readFileSync(path(), 'utf8')).not.toBe(lost);
    expect(callerOf(made?.apiKey ?? '').role).toBe('user');
    expect(database.connection.prepare('SELECT count(*) FROM accounts').pluck().get()).toBe(1);
    expect(() => checkLedger(database.connection)).not.toThrow();
  });

  test('a half-written file that anyone could read passes its mode on to nobody', async () => {
    writeFileSync(join(dataFolder, 'first-run.txt.new'), 'KT_ADMIN', { mode: 0o644 });
    await start();
    expect(statSync(path()).mode & 0o777).toBe(0o600);
  });
});
