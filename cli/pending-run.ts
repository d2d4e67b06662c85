import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Static, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import type { JobRequest } from './job-request.ts';

/** A run from before its submit until its end is known. */
export interface PendingRun {
  /** Under which it is submitted, however often. */
  idempotencyKey: string;
  /** The most that it may cost, as it is submitted; null: whatever it costs. */
  readonly agreedMicros: number | null;
  /** Writes down another most, before it is submitted so. */
  agreeTo(agreedMicros: number | null): Promise<void>;
  /** Its end is known. */
  forget(): Promise<void>;
}

const Kept = Type.Object({
  idempotencyKey: Type.String(),
  agreedMicros: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]),
});
type Kept = Static<typeof Kept>;

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
      const kept = await take(from, path);
      if (kept !== null) return pendingRun(path, kept);
    }
  }
  return null;
}

/** Writes down a new run, before its submit. */
export async function startRun(
  folder: string,
  { fingerprint, agreedMicros }: { fingerprint: string; agreedMicros: number | null },
): Promise<PendingRun> {
  const path = ownPath(folder, fingerprint);
  const kept = { idempotencyKey: crypto.randomUUID(), agreedMicros };
  await write(path, kept);
  return pendingRun(path, kept);
}

function pendingRun(path: string, kept: Kept): PendingRun {
  let { agreedMicros } = kept;
  const { idempotencyKey } = kept;
  return {
    idempotencyKey,
    get agreedMicros() {
      return agreedMicros;
    },
    async agreeTo(micros) {
      await write(path, { idempotencyKey, agreedMicros: micros });
      agreedMicros = micros;
    },
    forget: () => rm(path, { force: true }),
  };
}

/** Whole or not at all: a full disk leaves nothing that a later run would stumble over. */
async function write(path: string, kept: Kept): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}`);
  try {
    await writeFile(temporary, JSON.stringify(kept), { mode: 0o600, flush: true });
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

function ownPath(folder: string, fingerprint: string): string {
  return join(folder, `${fingerprint}.${process.pid}.json`);
}

/** Only one of several processes can rename it. What can't be read is no run. */
async function take(from: string, to: string): Promise<Kept | null> {
  try {
    await rename(from, to);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
  const kept = parse(await readFile(to, 'utf8'));
  if (kept === null) await rm(to, { force: true });
  return kept;
}

function parse(text: string): Kept | null {
  try {
    const kept: unknown = JSON.parse(text);
    return Value.Check(Kept, kept) ? kept : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
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
