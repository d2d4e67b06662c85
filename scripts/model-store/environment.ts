import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { environmentPath, type EnvironmentUse, pythonOf } from '../../src/runners/manifest.ts';
import { StoreError } from './store-error.ts';
import { nullIfMissing } from './file-bytes.ts';

/** What an environment was made from. One without it was made by someone else, and is left alone. */
const stampName = 'made-from.txt';

export interface EnvironmentOptions {
  /** Its folder: of `gpu/` for Python, of the project for a program of Bun's. */
  name: string;
  /** The command of a model that uses it, which tells what it is an environment of. */
  command: EnvironmentUse['command'];
  projectRoot: string;
  environmentsFolder: string;
  /** The program uv. */
  uv: string;
  /** Of this process: proxies, package mirrors (`UV_DEFAULT_INDEX`, `UV_FIND_LINKS`) and the like are for uv. */
  environment: Readonly<Record<string, string | undefined>>;
  /** A line about what goes on. */
  say: (line: string) => void;
}

/** How environments of one language are made. */
interface Kind {
  language: string;
  /** Below the project. */
  folder: string;
  /** Files that tell what belongs into it, the most exact first. */
  recipes: readonly string[];
  make(options: EnvironmentOptions, at: { project: string; recipe: string; building: string }): Promise<void>;
}

const python: Kind = {
  language: 'Python',
  folder: 'gpu',
  recipes: ['requirements.lock', 'pyproject.toml'],
  async make(options, { project, recipe, building }) {
    const { uv, environment, environmentsFolder } = options;
    // Packages that two environments have lie on the disk once: linked, which works on one file system only.
    const env = { UV_CACHE_DIR: join(environmentsFolder, '.uv-cache'), ...environment };
    const run = (...args: string[]) => runTool(options, { tool: uv, folder: project, env, args });
    await run('venv', '--quiet', '--relocatable', join(environmentsFolder, building));
    const packages = recipe.endsWith('.lock') ? ['sync', recipe] : ['install', '--requirements', recipe];
    await run('pip', ...packages, '--python', pythonOf(environmentsFolder, building));
  },
};

const bun: Kind = {
  language: 'Bun',
  folder: '',
  recipes: ['bun.lock'],
  async make(options, { project, building }) {
    const folder = join(options.environmentsFolder, building);
    await mkdir(folder);
    for (const file of ['package.json', 'bun.lock']) await copyFile(join(project, file), join(folder, file));
    // No package's own script runs, as in the project itself.
    const args = ['install', '--frozen-lockfile', '--ignore-scripts', '--production', '--silent'];
    await runTool(options, { tool: process.execPath, folder, env: options.environment, args });
  },
};

/**
 * Makes an environment: the exact packages of its lock, or what `gpu/<name>/pyproject.toml` asks for where there is none.
 * It takes its name only when it is whole.
 * @returns whether it had to be made
 * @throws StoreError where there is none of that name, or a package can't be had
 */
export async function makeEnvironment(options: EnvironmentOptions): Promise<boolean> {
  const { name, command, projectRoot, environmentsFolder, say } = options;
  const kind = command[0] === 'bun' ? bun : python;
  const target = join(environmentsFolder, name);
  const made = await readFile(join(target, stampName), 'utf8').catch(nullIfMissing);
  const isThere = existsSync(environmentPath(environmentsFolder, { command, environment: name }) ?? target);
  if (isThere && made === null) return false;
  const project = join(projectRoot, kind.folder, name);
  const recipe = kind.recipes.map((file) => join(project, file)).find(existsSync);
  if (recipe === undefined) {
    throw new StoreError(`There is no environment named ${name}: ${project} has no ${kind.recipes.at(-1)}.`);
  }
  const stamp = new Bun.CryptoHasher('sha256').update(await readFile(recipe)).digest('hex');
  if (isThere && made === stamp) return false;
  say(`making the ${kind.language} environment ${name}`);
  const building = `${name}.partial`;
  const folder = join(environmentsFolder, building);
  await rm(folder, { recursive: true, force: true });
  await mkdir(environmentsFolder, { recursive: true });
  await kind.make(options, { project, recipe, building });
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

async function runTool(
  { name }: EnvironmentOptions,
  call: {
    tool: string;
    /** Where it runs: uv reads there which Python it takes. */
    folder: string;
    env: EnvironmentOptions['environment'];
    args: readonly string[];
  },
): Promise<void> {
  const { tool, folder, env, args } = call;
  const child = Bun.spawn([tool, ...args], {
    ...{ cwd: folder, env: { ...env, HF_TOKEN: undefined } },
    ...{ stdin: 'ignore', stdout: 'inherit', stderr: 'inherit' },
  });
  if ((await child.exited) === 0) return;
  throw new StoreError(
    `The environment ${name} could not be made: ${basename(tool, '.exe')} ${args[0]} failed, see above.`,
  );
}
