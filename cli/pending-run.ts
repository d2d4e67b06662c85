import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readJson } from './task-fields.ts';
import { isPlainObject } from './plain-object.ts';
import type { JobRequest } from './job-request.ts';

/** A run from before its submit until its end is known. */
export interface PendingRun {
  /** Under which it is submitted, however often. */
  idempotencyKey: string;
  /** Its end is known. */
  forget(): Promise<void>;
}

/** The appliance keeps its keys for 48 h. */
const keptMs = 47 * 3600_000;

/** What makes a run the same: the appliance, the account's key, the task, the input and what is in the files. */
export async function fingerprintOf(
  { url, apiKey }: { url: string; apiKey: string },
  { task, input, priority, files }: JobRequest,
): Promise<string> {
  const hashes = files.map(async ({ field, path }) => [field, await hashFile(path)]);
  const all = { url, apiKey, task, input, priority, files: await Promise.all(hashes) };
  return new Bun.CryptoHasher('sha256').update(JSON.stringify(all)).digest('hex');
}

async function hashFile(path: string): Promise<string> {
  const hasher = new Bun.CryptoHasher('sha256');
  for await (const chunk of Bun.file(path).stream()) hasher.update(chunk);
  return hasher.digest('hex');
}

/**
 * Takes up a run of which the program died or lost the appliance, so that its job is not paid for twice; null where
 * there is none. A file a run, named after its process: the same command twice at once is two runs.
 */
export async function takeUpRun(folder: string, fingerprint: string): Promise<PendingRun | null> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const name of await readdir(folder)) {
    const from = join(folder, name);
    if (await isOutdated(from)) await rm(from, { force: true });
    else if (name.startsWith(fingerprint) && !isRunning(Number(name.split('.')[1]))) {
      const path = ownPath(folder, fingerprint);
      const idempotencyKey = await take(from, path);
      if (idempotencyKey !== null) return { idempotencyKey, forget: () => rm(path, { force: true }) };
    }
  }
  return null;
}

/** Writes down a new run, before its submit. */
export async function startRun(folder: string, fingerprint: string): Promise<PendingRun> {
  const path = ownPath(folder, fingerprint);
  const idempotencyKey = crypto.randomUUID();
  await writeFile(path, JSON.stringify({ idempotencyKey }), { mode: 0o600, flush: true });
  return { idempotencyKey, forget: () => rm(path, { force: true }) };
}

function ownPath(folder: string, fingerprint: string): string {
  return join(folder, `${fingerprint}.${process.pid}.json`);
}

/** Only one of several processes can rename it. */
async function take(from: string, to: string): Promise<string | null> {
  try {
    await rename(from, to);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
  const run = readJson(await readFile(to, 'utf8'));
  const key = isPlainObject(run) ? run['idempotencyKey'] : undefined;
  return typeof key === 'string' ? key : null;
}

async function isOutdated(path: string): Promise<boolean> {
  try {
    return Date.now() - (await stat(path)).mtimeMs > keptMs;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
