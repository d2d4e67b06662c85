import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The first key of an appliance's data folder; `given` goes before it.
 * @throws Error where there is neither
 */
export function readApiKey(dataFolder: string, given: string | undefined): string {
  if (given !== undefined) return given;
  const path = join(dataFolder, 'first-run.txt');
  const apiKey = existsSync(path) ? /^KT_API_KEY=(.+)$/m.exec(readFileSync(path, 'utf8'))?.[1] : undefined;
  if (apiKey === undefined) throw new Error(`There is no key in ${path}: set KT_API_KEY to one.`);
  return apiKey;
}
