import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { cpSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { fitsPatterns, safePath } from '../../scripts/model-store/file-patterns.ts';
import { install } from '../../scripts/model-store/install.ts';
import { listToImport, listToInstall } from '../../scripts/model-store/list-weights.ts';
import { belongsTo } from '../../scripts/model-store/mirror.ts';
import { installTestWeights } from '../testing/gpu-appliance.ts';
import { openTestStore, type TestStore } from '../testing/test-store.ts';
import { readInstalledWeights, weightsState } from './installed-weights.ts';

let store: TestStore;
/** What another appliance has. */
let mirror: string;
beforeEach(async () => {
  store = await openTestStore();
  mirror = mkdtempSync(join(tmpdir(), 'kt-mirror-'));
  const original = mkdtempSync(join(tmpdir(), 'kt-original-'));
  mkdirSync(join(original, 'unet'));
  writeFileSync(join(original, 'config.json'), '{}');
  writeFileSync(join(original, 'unet', 'a b.safetensors'), new Uint8Array(1500));
  await installTestWeights({ model: tiny(), from: original, modelFolder: join(mirror, 'tiny') });
  rmSync(original, { recursive: true });
});
afterEach(() => {
  for (const folder of [store.dataFolder, mirror]) rmSync(folder, { recursive: true, force: true });
});

const tiny = () => store.models.get('tiny') ?? expect.unreachable();
const folder = () => join(store.folder, 'tiny');
const state = () => weightsState(tiny(), folder()).name;
const installFrom = (from: string) =>
  install(store, { names: ['tiny'], list: listToInstall(store, from), acceptsLicence: false });
const importFrom = (from: string) =>
  install(store, { names: ['tiny'], list: listToImport(store, from), acceptsLicence: false });

describe('without internet, a model is installed', () => {
  test('from a copy of another appliance’s models', async () => {
    await installFrom(mirror);
    expect(state()).toBe('complete');
    expect(readInstalledWeights(folder())).toEqual(readInstalledWeights(join(mirror, 'tiny')));
  });

  test('from a copy that is served by http', async () => {
    const served: string[] = [];
    await using server = Bun.serve({
      port: 0,
      fetch(request) {
        const path = decodeURIComponent(new URL(request.url).pathname);
        served.push(path);
        return new Response(Bun.file(join(mirror, path)));
      },
    });
    await installFrom(`${server.url.href}`);
    expect(state()).toBe('complete');
    expect(served).toContain('/tiny/unet/a b.safetensors');
  });

  test('from its folder alone', async () => {
    await importFrom(join(mirror, 'tiny'));
    expect(state()).toBe('complete');
  });

  test('from a folder that was filled by hand, with the links of the hub client’s snapshots', async () => {
    const blobs = mkdtempSync(join(tmpdir(), 'kt-blobs-'));
    const snapshot = join(blobs, 'snapshot');
    mkdirSync(snapshot);
    cpSync(join(mirror, 'tiny', 'unet', 'a b.safetensors'), join(blobs, 'blob'));
    symlinkSync(join(blobs, 'blob'), join(snapshot, 'model.safetensors'));
    writeFileSync(join(snapshot, 'notes.txt'), 'not wanted');
    await importFrom(snapshot);
    expect(state()).toBe('complete');
    const found = readInstalledWeights(folder());
    expect(found?.files.map(({ path, bytes }) => `${path} ${bytes}`)).toEqual(['model.safetensors 1500']);
    expect(found?.sources[0]?.commit).toBeNull();
    rmSync(blobs, { recursive: true });
  });
});

test('what can be fetched nowhere is brought once, and found again when the rest is mended', async () => {
  const byHand = mkdtempSync(join(tmpdir(), 'kt-by-hand-'));
  store = await openTestStore({ source: 'plain', files: ['net.safetensors'] });
  await expect(importFrom(byHand)).rejects.toThrow(
    /plain can't be fetched: put net\.safetensors into FOLDER/,
  );
  writeFileSync(join(byHand, 'net.safetensors'), new Uint8Array(1000));
  await importFrom(byHand);
  expect(state()).toBe('complete');
  const sha256 = { 'net.safetensors': '0'.repeat(64) };
  const other = await openTestStore({ source: 'plain', files: ['net.safetensors'], sha256 });
  const importsOther = install(other, {
    names: ['tiny'],
    list: listToImport(other, byHand),
    acceptsLicence: false,
  });
  await expect(importsOther).rejects.toThrow(/net\.safetensors arrived damaged twice/);
  rmSync(join(folder(), 'installed.json'));
  await install(store, { names: ['tiny'], list: listToInstall(store, null), acceptsLicence: false });
  expect(state()).toBe('complete');
  rmSync(byHand, { recursive: true });
});

test('weights that their authors keep themselves come from their address, in the manifest’s length', async () => {
  const content = new Uint8Array(1000).fill(3);
  await using server = Bun.serve({
    port: 0,
    fetch: ({ url }) =>
      url.endsWith('/nets/my%20net.ckpt') ? new Response(content) : new Response('', { status: 404 }),
  });
  const address = `${server.url.origin}/nets`;
  const installTiny = async (bytes: number, sha256: Record<string, string> = {}) => {
    store = await openTestStore({ source: 'plain', files: ['my net.ckpt'], address, bytes, sha256 });
    await install(store, { names: ['tiny'], list: listToInstall(store, null), acceptsLicence: false });
  };
  await installTiny(1000);
  expect(state()).toBe('complete');
  expect(await Bun.file(join(folder(), 'my net.ckpt')).bytes()).toEqual(content);
  const right = new Bun.CryptoHasher('sha256').update(content).digest('hex');
  expect(readInstalledWeights(folder())?.files).toEqual([
    { path: 'my net.ckpt', bytes: 1000, sha256: right },
  ]);
  await installTiny(1000, { 'my net.ckpt': right });
  expect(state()).toBe('complete');
  const wrong = installTiny(1000, { 'my net.ckpt': '0'.repeat(64) });
  await expect(wrong).rejects.toThrow(/my net\.ckpt arrived damaged twice/);
  expect(state()).toBe('missing');
  await expect(installTiny(999)).rejects.toThrow(/has 1\.0 kB \(1000 B\) and not the 999 B of its manifest/);
});

describe('it is not installed', () => {
  test('from a copy of another revision', async () => {
    const path = join(mirror, 'tiny', 'installed.json');
    writeFileSync(path, (await Bun.file(path).text()).replace('"main"', '"v1"'));
    await expect(installFrom(mirror)).rejects.toThrow(/has no owner\/tiny of revision main/);
  });

  test('from a copy that has a file that is not what its list says', async () => {
    writeFileSync(join(mirror, 'tiny', 'config.json'), '[]');
    await expect(installFrom(mirror)).rejects.toThrow(/config\.json arrived damaged twice/);
    expect(state()).toBe('missing');
  });

  test('from a folder without a complete copy, or with a part of one', async () => {
    rmSync(join(mirror, 'tiny', 'installed.json'));
    await expect(installFrom(mirror)).rejects.toThrow(/has no complete copy of tiny/);
    rmSync(join(mirror, 'tiny', 'unet'), { recursive: true });
    await expect(importFrom(join(mirror, 'tiny'))).rejects.toThrow(
      /has 2 B of owner\/tiny, which has 1\.0 kB\. Wanted are \*\.json, \*\.safetensors/,
    );
  });

  test('from a list that names a file outside', async () => {
    const path = join(mirror, 'tiny', 'installed.json');
    writeFileSync(path, (await Bun.file(path).text()).replace('"config.json"', '"../../config.json"'));
    await expect(installFrom(mirror)).rejects.toThrow(
      /names "\.\.\/\.\.\/config\.json", which is no path in a model/,
    );
  });
});

test('a file that another model has is linked, and hashed as if it had come', async () => {
  const other = join(store.folder, 'sibling');
  cpSync(join(mirror, 'tiny'), other, { recursive: true });
  const unet = 'unet/a b.safetensors';
  await installFrom(mirror);
  expect(store.told()).toContain('tiny: shares 1.5 kB with other models');
  expect(statSync(join(folder(), unet)).ino).toBe(statSync(join(other, unet)).ino);
  expect(state()).toBe('complete');
  // A twin that has changed since is not what was wanted: the file comes from where it was to come from.
  rmSync(folder(), { recursive: true });
  writeFileSync(join(other, unet), new Uint8Array(1500).fill(7));
  await installFrom(mirror);
  expect(statSync(join(folder(), unet)).ino).not.toBe(statSync(join(other, unet)).ino);
  expect(Bun.file(join(folder(), unet)).size).toBe(1500);
  expect(await Bun.file(join(other, unet)).bytes()).toEqual(new Uint8Array(1500).fill(7));
});

test('of nested repositories, a file belongs to the innermost', () => {
  const weights = (folder?: string) => ({
    ...{ source: 'a/b', revision: 'r', licence: 'MIT', bytes: 1, files: ['*'] },
    ...(folder === undefined ? {} : { folder }),
  });
  const all = [weights(), weights('references'), weights('references/lightning')];
  const ownerOf = (path: string) => all.findIndex((wanted) => belongsTo(path, wanted, all));
  expect(ownerOf('config.json')).toBe(0);
  expect(ownerOf('referencesX/config.json')).toBe(0);
  expect(ownerOf('references/config.json')).toBe(1);
  expect(ownerOf('references/lightning/x.safetensors')).toBe(2);
});

describe('names of files', () => {
  test.each([
    ['config.json', ['*.json'], true],
    ['text_encoder/config.json', ['*.json'], true],
    ['text_encoder/config.json', ['text_encoder/'], true],
    ['model-00001-of-00009.safetensors', ['model-?????-of-*.safetensors'], true],
    ['configXjson', ['*.json'], false],
    ['config.json.bak', ['*.json'], false],
    ['vae/x.bin', ['*.json', 'vae/x.bin'], true],
  ])('%s with %j: %p', (path, patterns, isWanted) => {
    expect(fitsPatterns(path, patterns)).toBe(isWanted);
  });

  test('a name without wildcards fits itself alone', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z.+()[\]-]{1,12}$/),
        fc.stringMatching(/^[a-z.+()-]{1,12}$/),
        (name, other) => {
          expect(fitsPatterns(other, [name])).toBe(name === other);
        },
      ),
    );
  });

  test.each(['../x', '/etc/passwd', 'a//b', 'a/./b', '', 'installed.json', 'x.partial', 'a\\b', 'a\nb'])(
    '%j leaves the folder or is the store’s own',
    (path) => {
      expect(() => safePath(path)).toThrow(/is no path in a model/);
    },
  );
});
