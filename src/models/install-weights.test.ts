import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FetchPace } from '../../scripts/model-store/fetch-file.ts';
import { install } from '../../scripts/model-store/install.ts';
import { listToInstall } from '../../scripts/model-store/list-weights.ts';
import { removeModels } from '../../scripts/model-store/remove.ts';
import { holdStore } from '../../scripts/model-store/store.ts';
import { verifyModels } from '../../scripts/model-store/verify.ts';
import {
  hubCommit,
  type HubFaults,
  type HubFile,
  type ModelHub,
  startModelHub,
} from '../testing/model-hub.ts';
import { openTestStore, type TestManifest, type TestStore } from '../testing/test-store.ts';
import { mayMount, mountTmpfs } from '../testing/tmpfs.ts';
import { until } from '../testing/until.ts';
import { readInstalledWeights, weightsState } from './installed-weights.ts';

const big = new Uint8Array(200_000).map((_, place) => (place * 7919) % 251);
const files: HubFile[] = [
  { path: 'config.json', content: Buffer.from('{"layers":1}'), isLarge: false },
  { path: 'README.md', content: Buffer.from('not wanted'), isLarge: false },
  { path: 'vae/model one.safetensors', content: big, isLarge: true },
  { path: 'empty.json', content: new Uint8Array(0), isLarge: false },
];
const bigFile = 'vae/model one.safetensors';
const quick: FetchPace = { emptyAttemptsMax: 3, pauseSeconds: 0.01, stallSeconds: 5 };

let hub: ModelHub;
let store: TestStore;
beforeEach(async () => {
  await use({});
});
afterEach(async () => {
  await hub[Symbol.asyncDispose]();
  rmSync(store.dataFolder, { recursive: true, force: true });
});

/** A hub with these faults, and a store that asks it. */
async function use(faults: HubFaults, options: Parameters<typeof openTestStore>[0] = {}): Promise<void> {
  hub = startModelHub(files, faults);
  store = await openTestStore({ endpoint: hub.endpoint, ...options });
}

const installTiny = (from: string | null = null, acceptsLicence = false, pace = quick) =>
  install(store, { names: ['tiny'], list: listToInstall(store, from), acceptsLicence, pace });
const folder = () => join(store.folder, 'tiny');
const state = () => weightsState(store.models.get('tiny') ?? expect.unreachable(), folder()).name;
const transfersOf = (path: string) => hub.transfers.filter((transfer) => transfer.path === path);

describe('an install', () => {
  test('brings the wanted files, hashed, and records what they are', async () => {
    mkdirSync(folder(), { recursive: true });
    writeFileSync(join(folder(), 'left-over.bin'), 'from an earlier revision');
    await installTiny();
    expect(readFileSync(join(folder(), bigFile)).equals(Buffer.from(big))).toBe(true);
    const found = readInstalledWeights(folder());
    expect(found?.files.map(({ path }) => path)).toEqual(['config.json', 'empty.json', bigFile]);
    expect(found?.files[2]?.sha256).toBe(new Bun.CryptoHasher('sha256').update(big).digest('hex'));
    expect(found?.sources).toEqual([
      { source: 'owner/tiny', revision: 'main', commit: hubCommit, licence: 'Apache-2.0', folder: '' },
    ]);
    expect(readdirSync(folder()).toSorted()).toEqual(['config.json', 'empty.json', 'installed.json', 'vae']);
    expect(state()).toBe('complete');
    expect(store.told()).toMatch(/3 files, 200\.0 kB, of which 200\.0 kB are to be fetched/);
    expect(store.told()).toMatch(/tiny: installed, 200\.0 kB in .*\n.*fits cpu/);
  });

  test('that is there already fetches nothing', async () => {
    await installTiny();
    const before = hub.transfers.length;
    await installTiny();
    expect(hub.transfers).toHaveLength(before);
  });

  test('goes on where a broken connection ended', async () => {
    await use({ cutAfterBytes: 60_000, busyAnswers: 2, bytesPerSecond: 1_000_000 });
    await installTiny();
    expect(state()).toBe('complete');
    const begins = transfersOf(bigFile).map(({ range }) => Number(/\d+/.exec(range ?? '0')?.[0]));
    // What was under way when a connection broke may be lost with it.
    expect(begins.slice(0, 3)).toEqual([0, 0, 0]);
    expect(begins[3]).toBeWithin(40_000, 60_001);
    expect(begins).toEqual(begins.toSorted((one, other) => one - other));
    expect(begins.length).toBeLessThan(9);
  });

  test('begins again where the other side knows no ranges', async () => {
    mkdirSync(join(folder(), 'vae'), { recursive: true });
    writeFileSync(join(folder(), `${bigFile}.partial`), big.slice(0, 1000));
    await hub[Symbol.asyncDispose]();
    await use({ ignoresRanges: true }, { dataFolder: store.dataFolder });
    await installTiny();
    expect(transfersOf(bigFile).map(({ range }) => range)).toEqual(['bytes=1000-']);
    expect(store.told()).toContain('tiny: 200.0 kB of 200.0 kB, 100 %');
    expect(state()).toBe('complete');
  });

  test('fetches a file that arrived damaged once more, and no third time', async () => {
    await use({ damagedAnswers: 1 });
    await installTiny();
    expect(store.told()).toContain('tiny: 200.0 kB of 200.0 kB, 100 %');
    expect(state()).toBe('complete');
    await use({ damagedAnswers: 2 });
    await expect(installTiny()).rejects.toThrow(/model one\.safetensors arrived damaged twice/);
    expect(state()).toBe('missing');
  });

  test('gives a file up that brings nothing, and says how to go on', async () => {
    await use({ busyAnswers: 100 });
    await expect(installTiny()).rejects.toThrow(
      /could not be fetched \(.* answered 503\.\)\. Start again to go on/,
    );
    expect(state()).toBe('missing');
  });

  test('does not touch the files that are whole when it mends one', async () => {
    await installTiny();
    rmSync(join(folder(), 'config.json'));
    expect(state()).toBe('damaged');
    await installTiny();
    expect(state()).toBe('complete');
    expect(transfersOf(bigFile)).toHaveLength(1);
    expect(transfersOf('config.json')).toHaveLength(2);
  });

  test('knows a small file by the name that git gives its content', async () => {
    await installTiny();
    writeFileSync(join(folder(), 'config.json'), '{"layers":2}');
    rmSync(join(folder(), 'installed.json'));
    await installTiny();
    expect(await Bun.file(join(folder(), 'config.json')).text()).toBe('{"layers":1}');
  });

  test('that fails leaves no record of the one before it', async () => {
    await installTiny();
    rmSync(join(folder(), bigFile));
    await hub[Symbol.asyncDispose]();
    await use({ busyAnswers: 100 }, { dataFolder: store.dataFolder });
    await expect(installTiny()).rejects.toThrow(/could not be fetched/);
    expect(state()).toBe('missing');
  });

  test('that is killed in the middle leaves no model, and is gone on with', async () => {
    await use({ bytesPerSecond: 200_000 });
    const environment = { KT_DATA_DIR: store.dataFolder, KT_STORAGE_LOW_WATER_BYTES: '0' };
    const child = Bun.spawn(
      [process.execPath, 'run', 'src/testing/install-child.ts', store.modelsFolder, 'tiny'],
      {
        env: { ...process.env, ...environment, HF_ENDPOINT: hub.endpoint },
        stdout: 'inherit',
        stderr: 'inherit',
      },
    );
    const partial = join(folder(), `${bigFile}.partial`);
    await until(() => existsSync(partial) && statSync(partial).size > 10_000);
    child.kill('SIGKILL');
    await child.exited;
    expect(state()).toBe('missing');
    await installTiny();
    expect(state()).toBe('complete');
    const [, second] = transfersOf(bigFile);
    expect(second?.range).toMatch(/^bytes=[1-9]\d{4,}-$/);
  });

  test('never runs twice at a time', async () => {
    using _held = holdStore(store);
    await expect(installTiny()).rejects.toThrow(/being installed or removed already/);
  });
});

describe('an install is refused, with what to do,', () => {
  const refusals: [string, HubFaults, TestManifest & { environment?: Record<string, string> }, RegExp][] = [
    [
      'where the licence was not accepted on the hub',
      { token: 'hf_secret' },
      {},
      /accepted: open http:.*\/owner\/tiny .* Then make an access token .*HF_TOKEN=…/,
    ],
    [
      'where the token does not open it',
      { token: 'hf_secret' },
      { environment: { HF_TOKEN: 'hf_wrong' } },
      /Your HF_TOKEN may not read it yet/,
    ],
    ['for a revision that is not there', {}, { revision: 'v9' }, /owner\/tiny has no revision v9/],
    [
      'for a repository that is not there',
      {},
      { source: 'owner/none' },
      /\/owner\/none can't be read \(404\)/,
    ],
    ['for a pattern without a file', {}, { files: ['*.json', '*.gguf'] }, /has no file like \*\.gguf/],
    [
      'for a source that is on no hub',
      {},
      { source: 'rife' },
      /put \*\.json, .* into FOLDER and type \.\/scripts\/models import tiny FOLDER/,
    ],
  ];
  test.each(refusals)('%s', async (_what, faults, options, message) => {
    await use(faults, options);
    await expect(installTiny()).rejects.toThrow(message);
    expect(existsSync(folder())).toBe(false);
    expect(hub.transfers).toEqual([]);
  });

  test('where the disk has too little room', async () => {
    const reservedBytes = 1e18;
    expect(
      install(
        { ...store, reservedBytes },
        { names: ['tiny'], list: listToInstall(store, null), acceptsLicence: false },
      ),
    ).rejects.toThrow(/tiny needs 200\.0 kB more on the disk of .*; it has .*B\. Free some/);
    expect(hub.transfers).toEqual([]);
  });

  test('where nobody can be asked about its licence, or the answer is no', async () => {
    await use({}, { licence: 'LTX-2 Community' });
    await expect(installTiny()).rejects.toThrow(/only with --accept-licence/);
    await use({}, { licence: 'LTX-2 Community', answer: 'n' });
    await expect(installTiny()).rejects.toThrow(/tiny is not installed/);
    expect(store.told()).toContain('owner/tiny has the licence LTX-2 Community (http');
    expect(state()).toBe('missing');
  });

  test('and is not where the licence is accepted by option or by answer', async () => {
    await use({}, { licence: 'LTX-2 Community' });
    await installTiny(null, true);
    expect(state()).toBe('complete');
    await use({}, { licence: 'LTX-2 Community', answer: 'yes' });
    await installTiny();
    expect(state()).toBe('complete');
  });
});

test('the token opens a gated repository, stays with the hub, and is shown nowhere', async () => {
  await use({ token: 'hf_secret' }, { environment: { HF_TOKEN: 'hf_secret' } });
  await installTiny();
  expect(transfersOf('config.json').map(({ hasToken }) => hasToken)).toEqual([true]);
  expect(transfersOf(bigFile).map(({ hasToken }) => hasToken)).toEqual([false]);
  expect(store.told()).not.toContain('hf_secret');
});

test.skipIf(!mayMount)(
  'a disk that fills up in the middle keeps what came, and the next install goes on',
  async () => {
    using disk = mountTmpfs(1024 * 1024);
    await use({ bytesPerSecond: 400_000 }, { dataFolder: disk.folder });
    const filler = join(disk.folder, 'filler');
    const partial = join(folder(), `${bigFile}.partial`);
    const installing = installTiny().catch((error: unknown) => error);
    await until(() => existsSync(partial) && statSync(partial).size > 10_000);
    const blocks = new Uint8Array(4096);
    try {
      for (;;) writeFileSync(filler, blocks, { flag: 'a' });
    } catch {
      // It is full.
    }
    expect(await installing).toMatchObject({ code: 'storage_full' });
    expect(statSync(partial).size).toBeGreaterThan(10_000);
    expect(state()).toBe('missing');
    rmSync(filler);
    await installTiny();
    expect(state()).toBe('complete');
    expect(transfersOf(bigFile)[1]?.range).toMatch(/^bytes=[1-9]/);
  },
);

describe('verify', () => {
  test('finds a changed byte; the model is not used until an install has mended it', async () => {
    await installTiny();
    expect(await verifyModels(store, [])).toBe(true);
    const path = join(folder(), bigFile);
    const bytes = readFileSync(path);
    bytes[77] = (bytes[77] ?? 0) ^ 4;
    writeFileSync(path, bytes);
    expect(state()).toBe('complete');
    expect(await verifyModels(store, ['tiny'])).toBe(false);
    expect(store.told()).toContain(`tiny: ${bigFile} is damaged`);
    expect(state()).toBe('missing');
    await installTiny();
    expect(state()).toBe('complete');
    expect(transfersOf('config.json')).toHaveLength(1);
    expect(transfersOf(bigFile)).toHaveLength(2);
  });

  test('is not well where an asked-for model is not installed', async () => {
    expect(await verifyModels(store, ['tiny'])).toBe(false);
    expect(await verifyModels(store, [])).toBe(true);
    await expect(verifyModels(store, ['nobody'])).rejects.toThrow(
      /no model named nobody to install\. There are: tiny\./,
    );
  });
});

test('remove deletes the weights, and leaves an environment alone that it did not make', async () => {
  await installTiny();
  await removeModels(store, ['tiny']);
  expect(existsSync(folder())).toBe(false);
  expect(store.told()).toMatch(/tiny: removed, 200\.\d kB/);
  expect(existsSync(join(store.environmentsFolder, 'none'))).toBe(true);
});
