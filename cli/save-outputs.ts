import { link, mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, join, parse } from 'node:path';
import { brokenOff } from './answer.ts';
import { exitCodes, Failure } from './failure.ts';
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

/**
 * Saves a job's outputs. A name stands for a whole file whose SHA-256 is the one that the appliance tells, or for
 * nothing; what has that name already stays, and the new file gets another.
 * @throws Failure a file is gone or isn't what it should be; Unreachable; the signal's reason
 */
export async function saveOutputs(
  { outputs, filesRemovedAt, jobId }: JobView,
  options: { folder: string; signal: AbortSignal; terminal: Terminal },
): Promise<SavedFile[]> {
  if (filesRemovedAt !== null) throw broken(`The files of ${jobId} were deleted at ${filesRemovedAt}.`);
  await mkdir(options.folder, { recursive: true });
  const saved: SavedFile[] = [];
  for (const output of outputs) saved.push(await saveOutput(output, options));
  options.terminal.showLive(null);
  return saved;
}

async function saveOutput(
  output: Output,
  { folder, signal, terminal }: { folder: string; signal: AbortSignal; terminal: Terminal },
): Promise<SavedFile> {
  const { bytes, sha256 } = output;
  const name = safeName(output.filename);
  const partPath = join(folder, `.${name}.${crypto.randomUUID()}.part`);
  try {
    const onBytes = (have: number) =>
      terminal.showLive(`${name}  ${fileSize(have)} of ${fileSize(output.bytes)}`);
    await receive(output, { partPath, signal, onBytes });
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
  options: { partPath: string; signal: AbortSignal; onBytes: (have: number) => void },
): Promise<void> {
  const { partPath, signal, onBytes } = options;
  const file = await open(partPath, 'wx');
  const hasher = new Bun.CryptoHasher('sha256');
  let have = 0;
  try {
    for (let trial = 1; have < bytes; trial++) {
      try {
        for await (const chunk of readFrom(url, have, signal)) {
          have += chunk.byteLength;
          if (have > bytes) throw broken(`${url} is longer than the job tells.`);
          hasher.update(chunk);
          await file.write(chunk);
          onBytes(have);
        }
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof Failure) throw error;
        if (trial === tries) throw brokenOff(error);
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
async function* readFrom(url: string, offset: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const headers: Record<string, string> = offset === 0 ? {} : { range: `bytes=${offset}-` };
  const response = await fetch(url, { headers, signal });
  if (!response.ok) throw broken(`${url} answers ${response.status}.`);
  if (offset > 0 && response.status !== 206) throw broken(`${url} can't be gone on with.`);
  if (response.body) yield* response.body;
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
