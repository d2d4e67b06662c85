import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeEnvironment, removeEnvironment } from '../../scripts/model-store/environment.ts';
import { projectRoot } from '../testing/test-appliance.ts';

const uv = join(projectRoot, '.tools', 'uv', 'bin', 'uv');
let root: string;
let environmentsFolder: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kt-environments-'));
  environmentsFolder = join(root, 'environments');
  mkdirSync(join(root, 'gpu', 'painting'), { recursive: true });
  write(
    'pyproject.toml',
    '[project]\nname = "painting"\nversion = "1"\nrequires-python = ">=3.9"\ndependencies = []\n',
  );
});
afterEach(() => rmSync(root, { recursive: true }));

const write = (file: string, text: string) => writeFileSync(join(root, 'gpu', 'painting', file), text);
const make = (name = 'painting') => {
  // Nothing of these is fetched from anywhere.
  const environment = { ...process.env, UV_OFFLINE: '1', UV_PYTHON_DOWNLOADS: 'never' };
  return makeEnvironment({
    ...{ name, command: ['python', 'painting.py'], projectRoot: root, environmentsFolder, uv, environment },
    say: () => {},
  });
};
const python = () => join(environmentsFolder, 'painting', 'bin', 'python');

describe('the packages of a program of Bun’s', () => {
  const folder = () => join(root, 'listing');
  const makePackages = () =>
    makeEnvironment({
      ...{ name: 'listing', command: ['bun', 'run', 'list.ts'], projectRoot: root, environmentsFolder, uv },
      ...{ environment: process.env, say: () => {} },
    });
  /** A package that is in no registry, so that nothing is fetched. */
  const lock = (text: string) => {
    mkdirSync(join(folder(), 'inner'), { recursive: true });
    const inner = { name: 'inner', version: '1.0.0', scripts: { postinstall: 'touch ../../ran' } };
    writeFileSync(join(folder(), 'inner', 'package.json'), JSON.stringify({ ...inner, description: text }));
    Bun.spawnSync(['tar', 'czf', 'inner.tgz', 'inner'], { cwd: folder() });
    const dependencies = { inner: `file:${join(folder(), 'inner.tgz')}` };
    writeFileSync(
      join(folder(), 'package.json'),
      JSON.stringify({ name: 'listing', private: true, dependencies }),
    );
    rmSync(join(folder(), 'bun.lock'), { force: true });
    Bun.spawnSync([process.execPath, 'install', '--lockfile-only'], { cwd: folder(), stderr: 'ignore' });
  };
  const description = () =>
    JSON.parse(
      readFileSync(join(environmentsFolder, 'listing', 'node_modules', 'inner', 'package.json'), 'utf8'),
    ).description;

  test('are made once from the lock, without running their scripts, and again when it changes', async () => {
    lock('first');
    expect(await makePackages()).toBe(true);
    expect(description()).toBe('first');
    expect(existsSync(join(environmentsFolder, 'ran'))).toBe(false);
    expect(await makePackages()).toBe(false);
    lock('second');
    expect(await makePackages()).toBe(true);
    expect(description()).toBe('second');
    expect(await removeEnvironment(environmentsFolder, 'listing')).toBe(true);
  });

  test('are not there when the lock does not hold what package.json wants', async () => {
    lock('first');
    const dependencies = { inner: `file:${join(folder(), 'other.tgz')}` };
    writeFileSync(join(folder(), 'package.json'), JSON.stringify({ name: 'listing', dependencies }));
    await expect(makePackages()).rejects.toThrow(/The environment listing could not be made: bun install/);
    expect(existsSync(join(environmentsFolder, 'listing'))).toBe(false);
  });

  test('want a lock', async () => {
    await expect(makePackages()).rejects.toThrow(/There is no environment named listing: .* no bun\.lock/);
  });
});

describe.skipIf(!existsSync(uv))('the Python environment of a model', () => {
  test('is made once, and again when what it is made from changes', async () => {
    expect(await make()).toBe(true);
    const { stdout } = Bun.spawnSync([python(), '-c', 'import sys; print(sys.prefix)']);
    expect(stdout.toString().trim()).toBe(join(environmentsFolder, 'painting'));
    expect(await make()).toBe(false);
    write('requirements.lock', '# nothing\n');
    expect(await make()).toBe(true);
    expect(await make()).toBe(false);
  });

  test('is not there when a package can not be had', async () => {
    write('requirements.lock', 'no-such-package-anywhere==1.0\n');
    await expect(make()).rejects.toThrow(/The environment painting could not be made: uv pip failed/);
    expect(existsSync(python())).toBe(false);
  });

  test('is left alone where it was made by hand', async () => {
    mkdirSync(join(environmentsFolder, 'painting', 'bin'), { recursive: true });
    writeFileSync(python(), 'mine');
    expect(await make()).toBe(false);
    expect(await removeEnvironment(environmentsFolder, 'painting')).toBe(false);
    expect(existsSync(python())).toBe(true);
  });

  test('is removed where it was made here', async () => {
    await make();
    expect(await removeEnvironment(environmentsFolder, 'painting')).toBe(true);
    expect(existsSync(python())).toBe(false);
  });

  test('has a folder of that name, or is refused', async () => {
    await expect(make('sculpting')).rejects.toThrow(/There is no environment named sculpting/);
  });
});
