import type { ExpectedMedia } from '../media/expected-media.ts';
import type { MediaReference } from '../media/media-input.ts';
import type { StagedMedia } from '../media/staged-media.ts';

/** Stands in an input for the output of a job that has not run yet. */
export function expectedFileUrl(name: string): string {
  return `https://expected.invalid/${name}`;
}

/** Files that are not there yet, by the URL that stands for each. */
export type ExpectedFiles = ReadonlyMap<string, ExpectedMedia>;

/** A file that is not there yet, as the task that is to take it sees it. Undefined for a file that is. */
export function expectedFile(reference: MediaReference, files: ExpectedFiles): StagedMedia | undefined {
  const { input, stem } = reference;
  const expected = typeof input === 'string' ? files.get(input) : undefined;
  if (expected === undefined || typeof input !== 'string') return undefined;
  const { kind, mimeType, ...facts } = expected;
  return { kind, mimeType, name: stem, bytes: 0, sha256: `expected:${input}`, source: input, ...facts };
}
