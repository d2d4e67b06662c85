import { join } from 'node:path';
import { makeEnvironment } from '../../scripts/model-store/environment.ts';

const projectRoot = join(import.meta.dir, '../..');

/** Where the tests have the runner's packages. */
export const testEnvironments = join(projectRoot, '.tools', 'environments');

/** The folder of a model of a few words, see `make_tiny_model.py`. */
export const tinyModel = join(import.meta.dir, 'tiny-model');

/** Makes the environment that the tests run the runner in, where it is missing: 474 MB from the package registry. */
export async function makeTestEnvironment(): Promise<void> {
  await makeEnvironment({
    ...{ name: 'embedding', command: ['bun'], projectRoot, environmentsFolder: testEnvironments, uv: '' },
    environment: process.env,
    say: (line) => process.stderr.write(`set-up: ${line}\n`),
  });
}

if (import.meta.main) await makeTestEnvironment();
