import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pythonOf } from '../../src/runners/manifest.ts';
import { StoreError } from './store-error.ts';
import { nullIfMissing } from './file-bytes.ts';

/** What an environment was made from. One without it was made by someone else, and is left alone. */
const stampName = 'made-from.txt';

export interface EnvironmentOptions {
  /** Its folder of `gpu/`. */
  name: string;
  projectRoot: string;
  environmentsFolder: string;
  /** The program uv. */
  uv: string;
  /** Of this process: proxies, package mirrors (`UV_DEFAULT_INDEX`, `UV_FIND_LINKS`) and the like are for uv. */
  environment: Readonly<Record<string, string | undefined>>;
  /** A line about what goes on. */
  say: (line: string) => void;
}

/**
 * Makes the Python environment of `gpu/<name>`: the exact packages of its `requirements.lock`, or what its
 * `pyproject.toml` asks for where there is no lock. It takes its name only when it is whole.
 * @returns whether it had to be made
 * @throws StoreError where there is none of that name, or a package can't be had
 */
export async function makeEnvironment(options: EnvironmentOptions): Promise<boolean> {
  const { name, projectRoot, environmentsFolder, say } = options;
  const target = join(environmentsFolder, name);
  const made = await readFile(join(target, stampName), 'utf8').catch(nullIfMissing);
  const isThere = existsSync(pythonOf(environmentsFolder, name));
  if (isThere && made === null) return false;
  const project = join(projectRoot, 'gpu', name);
  const recipe = ['requirements.lock', 'pyproject.toml'].map((file) => join(project, file)).find(existsSync);
  if (recipe === undefined) {
    throw new StoreError(`There is no environment named ${name}: ${project} has no pyproject.toml.`);
  }
  const stamp = new Bun.CryptoHasher('sha256').update(await readFile(recipe)).digest('hex');
  if (isThere && made === stamp) return false;
  say(`making the Python environment ${name}`);
  const building = `${name}.partial`;
  const folder = join(environmentsFolder, building);
  await rm(folder, { recursive: true, force: true });
  await mkdir(environmentsFolder, { recursive: true });
  const run = (...args: string[]) => runUv({ ...options, project, args });
  await run('venv', '--quiet', '--relocatable', folder);
  const python = pythonOf(environmentsFolder, building);
  const isLocked = recipe.endsWith('.lock');
  await run(
    'pip',
    ...(isLocked ? ['sync', recipe] : ['install', '--requirements', recipe]),
    '--python',
    python,
  );
  await writeFile(join(folder, stampName), stamp);
  await rm(target, { recursive: true, force: true });
  await rename(folder, target);
  return true;
}

/** Deletes an environment that {@link makeEnvironment} made. @returns whether it did */
export async function removeEnvironment(environmentsFolder: string, name: string): Promise<boolean> {
  const folder = join(environmentsFolder, name);
  if (!existsSync(join(folder, stampName))) return false;
  await rm(folder, { recursive: true });
  return true;
}

async function runUv({
  uv,
  project,
  environment,
  environmentsFolder,
  name,
  args,
}: EnvironmentOptions & { project: string; args: string[] }): Promise<void> {
  const child = Bun.spawn([uv, ...args], {
    // Where uv reads which Python it takes.
    cwd: project,
    // Packages that two environments have lie on the disk once: linked, which works on one file system only.
    env: { UV_CACHE_DIR: join(environmentsFolder, '.uv-cache'), ...environment, HF_TOKEN: undefined },
    stdin: 'ignore',
    stdout: 'inherit',
    stderr: 'inherit',
  });
  if ((await child.exited) === 0) return;
  throw new StoreError(`The environment ${name} could not be made: uv ${args[0]} failed, see above.`);
}
