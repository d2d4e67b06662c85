import { existsSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Where a job's files are: `<filesRoot>/jobs/<jobId>/in` and `…/out`. */
export type JobFolder = 'in' | 'out';

const jobIdPattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const fileNamePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

export function isJobId(text: string): boolean {
  return jobIdPattern.test(text);
}

/** A bare file name that means the same on every file system and in every URL. */
export function isFileName(text: string): boolean {
  return fileNamePattern.test(text);
}

/** Where every job has a folder. Made when the appliance starts, and never deleted. */
export function jobsRoot(filesRoot: string): string {
  return join(filesRoot, 'jobs');
}

/** @throws Error when `jobId` could mean another folder */
export function jobFolder(filesRoot: string, jobId: string, folder?: JobFolder): string {
  if (!isJobId(jobId)) throw new Error(`Not a job id: ${JSON.stringify(jobId)}`);
  return join(jobsRoot(filesRoot), jobId, folder ?? '.');
}

/** The path of one published output. @throws Error when the id or the name could lead elsewhere */
export function outputPath(filesRoot: string, jobId: string, filename: string): string {
  if (!isFileName(filename)) throw new Error(`Not a file name: ${JSON.stringify(filename)}`);
  return join(jobFolder(filesRoot, jobId, 'out'), filename);
}

/** The path of one staged input. @throws Error when the id or the name could lead elsewhere */
export function inputPath(filesRoot: string, jobId: string, name: string): string {
  if (!isFileName(name)) throw new Error(`Not a file name: ${JSON.stringify(name)}`);
  return join(jobFolder(filesRoot, jobId, 'in'), name);
}

export function stagingRoot(filesRoot: string): string {
  return join(filesRoot, 'staging');
}

/** Deletes a folder and all that is in it. Most often there is none, which a look tells for much less. */
export async function removeFolder(path: string): Promise<void> {
  if (existsSync(path)) await rm(path, { recursive: true, force: true });
}

/** Makes what was written to a file, or a folder's list of names, survive a power cut. */
export async function syncToDisk(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes a rename into `path` survive a power cut. */
export async function syncParent(path: string): Promise<void> {
  await syncToDisk(dirname(path));
}
