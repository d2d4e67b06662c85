import { link, mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, join, parse } from 'node:path';
import { brokenOff } from './answer.ts';
import { exitCodes, Failure, Unreachable } from './failure.ts';
import { fileSize } from './format.ts';
import { sleep } from './interruption.ts';
import type { JobView } from './job.ts';
import type { Terminal } from './terminal.ts';

export interface SavedFile {
  path: string;
  bytes: number;
  sha256: string;
}

type Output = JobView['outputs'][number];

const tries = 5;
const pauseMs = 500;
/** A connection on which nothing comes for this long is dead. */
const silenceMsDefault = 30_000;

interface Saving {
  folder: string;
  signal: AbortSignal;
  terminal: Terminal;
  silenceMs?: number;
}

/**
 * Saves a job's outputs. A name stands for a whole file whose SHA-256 is the one that the appliance tells, or for
 * nothing; what has that name already stays, and the new file gets another.
 * @throws Failure a file is gone or isn't what it should be; Unreachable; the signal's reason
 */
export async function saveOutputs(
  { outputs, filesRemovedAt, jobId }: JobView,
  options: Saving,
): Promise<SavedFile[]> {
  if (filesRemovedAt !== null) throw gone(`The files of ${jobId} were deleted at ${filesRemovedAt}.`);
  await mkdir(options.folder, { recursive: true });
  const saved: SavedFile[] = [];
  for (const output of outputs) saved.push(await saveOutput(output, options));
  options.terminal.showLive(null);
  return saved;
}

async function saveOutput(
  output: Output,
  { folder, signal, terminal, silenceMs = silenceMsDefault }: Saving,
): Promise<SavedFile> {
  const { bytes, sha256 } = output;
  const name = safeName(output.filename);
  const partPath = join(folder, `.${name}.${crypto.randomUUID()}.part`);
  try {
    const onBytes = (have: number) =>
      terminal.showLive(`${name}  ${fileSize(have)} of ${fileSize(output.bytes)}`);
    await receive(output, { partPath, signal, silenceMs, onBytes });
    return { path: await place(partPath, { folder, name, sha256 }), bytes, sha256 };
  } finally {
    await rm(partPath, { force: true });
  }
}

/** Names come from elsewhere: no folders, nothing hidden, nothing that can't be typed. */
function safeName(filename: string): string {
  const name = basename(filename.replaceAll('\\', '/')).replaceAll(/[\p{Cc}\p{Cf}]/gu, '_');
  return name.replace(/^\.+/, '') || 'output';
}

async function receive(
  { url, bytes, sha256 }: Output,
  options: { partPath: string; signal: AbortSignal; silenceMs: number; onBytes: (have: number) => void },
): Promise<void> {
  const { partPath, signal, silenceMs, onBytes } = options;
  const file = await open(partPath, 'wx');
  const hasher = new Bun.CryptoHasher('sha256');
  let have = 0;
  try {
    for (let trial = 1; have < bytes; trial++) {
      try {
        for await (const chunk of readFrom(url, { offset: have, signal, silenceMs })) {
          have += chunk.byteLength;
          if (have > bytes) throw broken(`${url} is longer than the job tells.`);
          hasher.update(chunk);
          // All of it: `write` may write less to a disk that is almost full, and says no more than how much.
          await file.writeFile(chunk);
          onBytes(have);
        }
      } catch (error) {
        // Only of the connection: what this machine's disk refuses is no better the next time.
        if (!(error instanceof Unreachable) || trial === tries) throw error;
      }
      if (trial === tries && have < bytes) throw broken(`${url} ends early.`);
      if (have < bytes) await sleep(pauseMs * trial, signal);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  if (hasher.digest('hex') !== sha256) throw broken(`${url} was not received as it was made.`);
}

/** The rest of a file. Its URL is signed: no key goes with it, wherever it leads. */
async function* readFrom(
  url: string,
  { offset, signal, silenceMs }: { offset: number; signal: AbortSignal; silenceMs: number },
): AsyncGenerator<Uint8Array> {
  const headers: Record<string, string> = offset === 0 ? {} : { range: `bytes=${offset}-` };
  const silence = new AbortController();
  const fallSilent = () => silence.abort(new Error('nothing came for a while.'));
  let timer = setTimeout(fallSilent, silenceMs);
  try {
    const response = await fetch(url, { headers, signal: AbortSignal.any([signal, silence.signal]) });
    if (response.status === 410) throw gone(`${url} was deleted.`);
    // An appliance that is being started again, or what stands before it.
    if (response.status === 429 || response.status >= 500)
      throw new Error(`${url} answers ${response.status}.`);
    if (!response.ok) throw broken(`${url} answers ${response.status}.`);
    if (offset > 0 && response.status !== 206) throw broken(`${url} can't be gone on with.`);
    for await (const chunk of response.body ?? []) {
      clearTimeout(timer);
      timer = setTimeout(fallSilent, silenceMs);
      yield chunk;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof Failure ? error : brokenOff(error);
  } finally {
    clearTimeout(timer);
  }
}

/** Gives the file its name without replacing another. @returns its path, or that of the same file if it is there */
async function place(
  partPath: string,
  { folder, name, sha256 }: { folder: string; name: string; sha256: string },
): Promise<string> {
  const { name: stem, ext } = parse(name);
  for (let number = 1; ; number++) {
    const path = join(folder, number === 1 ? name : `${stem}-${number}${ext}`);
    if (await isSame(path, sha256)) return path;
    try {
      await link(partPath, path);
      return path;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'EEXIST') continue;
      // File systems without hard links.
      if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP') throw error;
      if (await Bun.file(path).exists()) continue;
      await rename(partPath, path);
      return path;
    }
  }
}

async function isSame(path: string, sha256: string): Promise<boolean> {
  const file = Bun.file(path);
  if (!(await file.exists())) return false;
  const hasher = new Bun.CryptoHasher('sha256');
  for await (const chunk of file.stream()) hasher.update(chunk);
  return hasher.digest('hex') === sha256;
}

function broken(message: string): Failure {
  return new Failure(message, { exitCode: exitCodes.failed, code: 'download_failed' });
}

/** Nothing is left to come back for. */
function gone(message: string): Failure {
  return new Failure(message, { exitCode: exitCodes.failed, code: 'files_gone' });
}
