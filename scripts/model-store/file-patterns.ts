import { installedFileName } from '../../src/models/installed-weights.ts';
import { StoreError } from './store-error.ts';

/**
 * Whether a path fits one of the patterns, as the hub's own client reads them (Python's `fnmatch`): `*` stands for any
 * text with its slashes, `?` for one character, and a pattern that ends with a slash for everything in that folder.
 */
export function fitsPatterns(path: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => toExpression(pattern.endsWith('/') ? `${pattern}*` : pattern).test(path));
}

function toExpression(pattern: string): RegExp {
  const parts = pattern.split(/(\*|\?)/).map((part) => {
    if (part === '*') return '.*';
    return part === '?' ? '.' : RegExp.escape(part);
  });
  return new RegExp(`^${parts.join('')}$`, 's');
}

/**
 * A path that stays inside the model's folder and is none of the store's own files.
 * @throws StoreError for any other: a list of files is another machine's word
 */
export function safePath(path: string): string {
  const parts = path.split('/');
  const isSafe =
    parts.every((part) => part !== '' && part !== '.' && part !== '..' && !/[\\\p{Cc}]/u.test(part)) &&
    path !== installedFileName &&
    !path.endsWith(partialSuffix);
  if (!isSafe)
    throw new StoreError(`The list of files names ${JSON.stringify(path)}, which is no path in a model.`);
  return path;
}

/** What a file is called until it is complete. */
export const partialSuffix = '.partial';
