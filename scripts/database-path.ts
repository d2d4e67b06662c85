import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const projectRoot = join(import.meta.dir, '..');

/** The data folder has no database: it is another one, or the appliance was never started on it. */
export class NoDatabase extends Error {
  constructor(path: string) {
    super(`There is no database at ${path}. Set KT_DATA_DIR to the appliance's data folder.`);
    this.name = 'NoDatabase';
  }
}

/** The database of `KT_DATA_DIR` (default: `data/`). @throws NoDatabase */
export function findDatabase(): string {
  const path = join(resolve(projectRoot, process.env.KT_DATA_DIR ?? 'data'), 'appliance.sqlite');
  if (!existsSync(path)) throw new NoDatabase(path);
  return path;
}
