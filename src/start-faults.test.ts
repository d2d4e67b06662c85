import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { fakeJob, fakeModels, projectRoot, startTestAppliance, untilJob } from './testing/test-appliance.ts';
import { mayMount, mountTmpfs } from './testing/tmpfs.ts';

/** What goes wrong at a start, seen from outside: `main.ts` as a child, its words and its exit code. */

const root = mkdtempSync(join(tmpdir(), 'kt-start-'));
const good = join(root, 'good');
const settings = { KT_PORT: '0', KT_LOG_LEVEL: 'error', KT_PROFILE: 'embedded' };
let folders = 0;

/** A data folder that has been worked with, of one's own. */
function usedFolder(): string {
  const folder = join(root, `used-${folders++}`);
  cpSync(good, folder, { recursive: true });
  return folder;
}
const newFolder = () => join(root, `new-${folders++}`);
const databaseOf = (folder: string) => join(folder, 'appliance.sqlite');

function spawn(program: readonly string[], environment: Record<string, string>) {
  return Bun.spawn([process.execPath, 'run', ...program], {
    cwd: projectRoot,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    env: { PATH: process.env.PATH ?? '', ...settings, ...environment },
  });
}

/** Starts it, and answers what it said when it gave up. */
async function failedStart(dataFolder: string, environment: Record<string, string> = {}): Promise<string> {
  const child = spawn(['src/main.ts'], { KT_DATA_DIR: dataFolder, ...environment });
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  expect([await child.exited, stdout]).toEqual([1, '']);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(stderr).toEndWith('\n');
  return stderr.trimEnd();
}

/** Starts it, and answers what it said once it listens. */
async function startMain(dataFolder: string, environment: Record<string, string> = {}) {
  const child = spawn(['src/main.ts'], { KT_DATA_DIR: dataFolder, ...environment });
  const { value } = await child.stdout.getReader().read();
  const said = new TextDecoder().decode(value);
  const origin = /http:\/\/\S+/.exec(said)?.[0] ?? '';
  const stop = async () => {
    child.kill('SIGTERM');
    return child.exited;
  };
  return { said, origin, stop };
}

beforeAll(async () => {
  const appliance = await startTestAppliance({ dataFolder: good, modelsFolder: fakeModels() });
  const { body } = await appliance.call('POST', '/api/v1/media/jobs', { body: fakeJob() });
  await untilJob(appliance, body.jobId);
  await appliance.stop();
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('a data folder that can not be used stops the start and is named', () => {
  test('where a file is in its place', async () => {
    const path = newFolder();
    writeFileSync(path, 'mine');
    expect(await failedStart(path)).toMatch(/^The data folder .* can't be written \(.*\)\. .*KT_DATA_DIR/);
    expect(readFileSync(path, 'utf8')).toBe('mine');
    expect(await failedStart(join(path, 'below'))).toMatch(/^The data folder .*below can't be written/);
  });

  test.skipIf(!mayMount)('where it can only be read', async () => {
    using disk = mountTmpfs(4 * 1024 * 1024);
    disk.freeze();
    expect(await failedStart(disk.folder)).toMatch(/^The data folder .* can't be written/);
    expect(await failedStart(join(disk.folder, 'below'))).toMatch(/^The data folder .* can't be written/);
  });

  test.skipIf(!mayMount)('where the disk is full', async () => {
    using disk = mountTmpfs(64 * 1024);
    expect(await failedStart(disk.folder)).toMatch(/[Tt]he disk is full.*[Ff]ree some space/);
  });

  test('where another appliance runs on it, which goes on', async () => {
    const folder = usedFolder();
    const first = await startMain(folder);
    expect(await failedStart(folder)).toMatch(/^Another appliance is running on .*KT_DATA_DIR/);
    expect((await fetch(`${first.origin}/api/v1/health`)).status).toBe(200);
    expect(await first.stop()).toBe(0);
  });
});

describe('a damaged database stops the start, is named, and is left as it is', () => {
  const damaged = async (folder: string) => {
    const before = readFileSync(databaseOf(folder));
    const said = await failedStart(folder);
    expect(readFileSync(databaseOf(folder)).equals(before)).toBe(true);
    return said;
  };
  const sentence = /^The database .*appliance\.sqlite is damaged \(.*\)\. Nothing was changed: .*KT_DATA_DIR/;

  test('overwritten with noise', async () => {
    const folder = usedFolder();
    writeFileSync(databaseOf(folder), crypto.getRandomValues(new Uint8Array(60_000)));
    expect(await damaged(folder)).toMatch(sentence);
  });

  test('cut short', async () => {
    const folder = usedFolder();
    truncateSync(databaseOf(folder), 20_000);
    expect(await damaged(folder)).toMatch(sentence);
  });

  test('with noise in the middle', async () => {
    const folder = usedFolder();
    const bytes = readFileSync(databaseOf(folder));
    for (let page = 2; page < 20; page++) bytes.fill(0xa5, page * 4096, page * 4096 + 200);
    writeFileSync(databaseOf(folder), bytes);
    expect(await damaged(folder)).toMatch(sentence);
  });

  test('written by a newer version', async () => {
    const folder = usedFolder();
    const database = new Database(databaseOf(folder));
    database.pragma('user_version = 999');
    database.close();
    expect(await damaged(folder)).toMatch(/schema version 999.*Update the appliance\.$/);
  });

  test('whose books do not add up', async () => {
    const folder = usedFolder();
    const database = new Database(databaseOf(folder));
    database.exec("UPDATE ledger_accounts SET credits_micros = credits_micros + 1 WHERE id LIKE 'acct_%'");
    database.close();
    expect(await damaged(folder)).toMatch(/^The ledger is broken:\n( {2}- .*\n?)+/);
  });

  test('but noise in place of its write-ahead log costs nothing that was closed', async () => {
    const folder = usedFolder();
    writeFileSync(`${databaseOf(folder)}-wal`, crypto.getRandomValues(new Uint8Array(60_000)));
    const appliance = await startMain(folder);
    expect(appliance.said).toContain('listens on');
    expect(await appliance.stop()).toBe(0);
    const database = new Database(databaseOf(folder), { readonly: true });
    expect(database.prepare("SELECT count(*) FROM jobs WHERE status = 'succeeded'").pluck().get()).toBe(1);
    database.close();
  });
});

describe('wrong settings stop the start before anything is written', () => {
  async function withFile(name: string, text: string): Promise<string> {
    const folder = newFolder();
    mkdirSync(folder);
    writeFileSync(join(folder, name), text);
    const said = await failedStart(folder);
    expect([...new Bun.Glob('**').scanSync(folder)]).toEqual([name]);
    return said;
  }

  test('a file that is not TOML', async () => {
    expect(await withFile('appliance.toml', '[server\n')).toMatch(/appliance\.toml: .*close a table header/);
  });

  test('a key that there is not', async () => {
    const said = await withFile('appliance.toml', '[server]\nprot = 1\n');
    expect(said).toMatch(/server\.prot = 1 \(.*appliance\.toml\)/);
  });

  test('a price that is none', async () => {
    const said = await withFile('pricing.toml', '[pricing]\ndraftMultiplier = "free"\n');
    expect(said).toMatch(/price list is invalid:\n.*draftMultiplier must be a number.*"free"/);
  });

  test('a variable that there is not', async () => {
    expect(await failedStart(newFolder(), { KT_PROT: '1' })).toMatch(/KT_PROT \(environment\)/);
  });
});

describe('a manifest that is none', () => {
  test('stops the start and is named, with everything that is wrong with it', async () => {
    const models = fakeModels();
    writeFileSync(join(models, 'broken.toml'), 'name = "Broken"\n');
    const child = spawn(['src/testing/appliance-program.ts', models], { KT_DATA_DIR: newFolder() });
    const said = await new Response(child.stderr).text();
    expect(said).toMatch(/^\S+broken\.toml: tasks: is missing;.* name: "Broken" is not allowed/);
    expect(said).not.toMatch(/^\s+at /m);
    expect(await child.exited).toBe(1);
  });
});

describe('an address that can not be listened on stops the start and is named', () => {
  test('a port that is taken', async () => {
    await using other = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response('mine') });
    const said = await failedStart(usedFolder(), { KT_PORT: String(other.port) });
    expect(said).toBe(
      `Port ${other.port} on 127.0.0.1 is in use. Stop what uses it, or set KT_PORT to another port.`,
    );
    expect(await (await fetch(other.url)).text()).toBe('mine');
  });

  test("a host that is not this machine's", async () => {
    const said = await failedStart(usedFolder(), { KT_HOST: '203.0.113.7' });
    expect(said).toMatch(/^203\.0\.113\.7 is not an address of this machine\. Set KT_HOST/);
  });
});

describe('a log that nobody reads any more', () => {
  test('stops nothing, and the appliance still ends in order', async () => {
    const child = spawn(['src/main.ts'], { KT_DATA_DIR: usedFolder(), KT_LOG_LEVEL: 'debug' });
    const { value } = await child.stdout.getReader().read();
    const origin = /http:\/\/\S+/.exec(new TextDecoder().decode(value))?.[0] ?? '';
    await child.stderr.cancel();
    for (let i = 0; i < 20; i++) expect((await fetch(`${origin}/api/v1/health`)).status).toBe(200);
    expect(child.exitCode).toBeNull();
    child.kill('SIGTERM');
    expect(await child.exited).toBe(0);
  });
});

describe('a start that is not the first', () => {
  test('does without first-run.txt, makes no new keys, and takes the old ones', async () => {
    const folder = usedFolder();
    const key = /KT_API_KEY=(\S+)/.exec(readFileSync(join(folder, 'first-run.txt'), 'utf8'))?.[1] ?? '';
    rmSync(join(folder, 'first-run.txt'));
    const appliance = await startMain(folder);
    expect(appliance.said).not.toContain('KT_API_KEY');
    const headers = { authorization: `Bearer ${key}` };
    expect((await fetch(`${appliance.origin}/api/v1/balance`, { headers })).status).toBe(200);
    expect(await appliance.stop()).toBe(0);
    expect(await Bun.file(join(folder, 'first-run.txt')).exists()).toBe(false);
  });
});
