import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { kindOfMimeType, sniff, sniffBytes } from '../media/sniff.ts';
import { isFileName } from './folders.ts';

/** A runner's output is not what it declared. It fails that attempt; the sentence is for the log and the operator. */
export class OutputRefused extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OutputRefused';
  }
}

const jsonBytesMax = 64 * 1024 * 1024;

/**
 * Checks one output of a runner and measures it: a bare name, a regular file, not empty, not too large, and
 * bytes of the type it declares.
 * @throws OutputRefused
 */
export async function checkOutput(
  folder: string,
  declared: { filename: string; mimeType: string },
  bytesMax: number,
): Promise<{ bytes: number; sha256: string }> {
  const { filename } = declared;
  if (!isFileName(filename)) throw new OutputRefused(`${JSON.stringify(filename)} is no name for an output.`);
  const file = await openRegular(join(folder, filename), filename);
  try {
    const status = await file.stat();
    if (!status.isFile()) throw new OutputRefused(`${filename} is not a regular file.`);
    if (status.size === 0) throw new OutputRefused(`${filename} is empty.`);
    if (status.size > bytesMax) {
      throw new OutputRefused(`${filename} has ${status.size} bytes; ${bytesMax} are allowed.`);
    }
    await assertType(file, declared, status.size);
    return { bytes: status.size, sha256: await hashOf(file, status.size) };
  } finally {
    await file.close();
  }
}

/** Never follows a link, and never waits on a pipe that poses as a file. */
async function openRegular(path: string, filename: string): Promise<FileHandle> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  try {
    return await open(path, flags);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'ENOENT') throw new OutputRefused(`${filename} was declared and not made.`, { cause });
    throw new OutputRefused(`${filename} is a link or can't be opened.`, { cause });
  }
}

async function assertType(
  file: FileHandle,
  { filename, mimeType }: { filename: string; mimeType: string },
  size: number,
): Promise<void> {
  const head = new Uint8Array(Math.min(sniffBytes, size));
  await file.read(head, 0, head.length, 0);
  if (!(await isOfType(file, { mimeType, head, size }))) {
    throw new OutputRefused(`${filename} does not hold ${mimeType}.`);
  }
}

async function isOfType(
  file: FileHandle,
  { mimeType, head, size }: { mimeType: string; head: Uint8Array; size: number },
): Promise<boolean> {
  const kind = kindOfMimeType(mimeType);
  if (kind === 'image') return sniff(head)?.mimeType === mimeType;
  if (kind) return sniff(head)?.kinds.includes(kind) ?? false;
  if (mimeType === 'model/gltf-binary')
    return new TextDecoder('latin1').decode(head.subarray(0, 4)) === 'glTF';
  if (mimeType === 'application/json') return size <= jsonBytesMax && isJson(await readAll(file, size));
  return false;
}

function isJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return true;
  } catch {
    return false;
  }
}

async function readAll(file: FileHandle, size: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  let read = 0;
  while (read < size) {
    const { bytesRead } = await file.read(bytes, read, size - read, read);
    if (bytesRead === 0) break;
    read += bytesRead;
  }
  return bytes.subarray(0, read);
}

const hashChunkBytes = 1024 * 1024;

async function hashOf(file: FileHandle, size: number): Promise<string> {
  const hash = createHash('sha256');
  const chunk = new Uint8Array(Math.min(hashChunkBytes, size));
  for (let position = 0; ;) {
    const { bytesRead } = await file.read(chunk, 0, chunk.length, position);
    if (bytesRead === 0) return hash.digest('hex');
    hash.update(chunk.subarray(0, bytesRead));
    position += bytesRead;
  }
}
