import { join } from 'node:path';
import { Value } from '@sinclair/typebox/value';
import type { GpuModel, WeightsSource } from '../../src/models/gpu-model.ts';
import { installedFileName, InstalledWeights } from '../../src/models/installed-weights.ts';
import { safePath } from './file-patterns.ts';
import { openUrl, request, SourceRefused } from './http-source.ts';
import type { Listing, RemoteFile } from './remote-file.ts';
import { StoreError } from './store-error.ts';

/**
 * The files of a model from another appliance's `<data>/models`: a folder (a USB disk), or an http(s) address that
 * serves one.
 * @throws StoreError where it has no complete copy, or one of another revision
 */
export async function listMirror(from: string, model: GpuModel): Promise<Listing[]> {
  const base = await findModel(from, model.name);
  const { installed, place } = base;
  return (model.weights ?? []).map((wanted) => {
    const found = installed.sources.find((source) => isSame(source, wanted));
    if (!found) throw new StoreError(`${place} has no ${wanted.source} of revision ${wanted.revision}.`);
    const files = installed.files.filter(({ path }) => belongsTo(path, wanted, model.weights ?? []));
    return { wanted, commit: found.commit, files: files.map((file) => remoteFile(place, file)) };
  });
}

function isSame(found: InstalledWeights['sources'][number], wanted: WeightsSource): boolean {
  const { source, revision, folder = '' } = wanted;
  return found.source === source && found.revision === revision && found.folder === folder;
}

/** Whose file it is: of the repositories whose folder it lies in, that with the innermost. */
export function belongsTo(path: string, wanted: WeightsSource, all: readonly WeightsSource[]): boolean {
  const depth = ({ folder }: WeightsSource) => {
    if (folder === undefined) return 0;
    return path.startsWith(`${folder}/`) ? folder.length : -1;
  };
  return depth(wanted) >= 0 && depth(wanted) === Math.max(...all.map(depth));
}

export function isAddress(from: string): boolean {
  return /^https?:\/\//.test(from);
}

/** The store itself may be named, or the model's folder in it. */
async function findModel(
  from: string,
  name: string,
): Promise<{ place: string; installed: InstalledWeights }> {
  const base = from.replace(/\/+$/, '');
  for (const place of [`${base}/${name}`, base]) {
    const installed = await readRecord(`${place}/${installedFileName}`);
    if (installed?.model === name) return { place, installed };
  }
  throw new StoreError(
    `${from} has no complete copy of ${name}: neither ${base}/${name}/${installedFileName} nor ${base}/${installedFileName} is there.`,
  );
}

async function readRecord(place: string): Promise<InstalledWeights | null> {
  const text = isAddress(place) ? await readUrl(place) : await readFile(place);
  if (text === null) return null;
  const value = parseJson(text);
  if (!Value.Check(InstalledWeights, value)) throw new StoreError(`${place} is no list of a model's files.`);
  return value;
}

async function readUrl(url: string): Promise<string | null> {
  try {
    return await (await request(url)).text();
  } catch (error) {
    if (error instanceof SourceRefused) return null;
    throw error;
  }
}

async function readFile(path: string): Promise<string | null> {
  const file = Bun.file(path);
  return (await file.exists()) ? file.text() : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function remoteFile(place: string, { path, bytes, sha256 }: InstalledWeights['files'][number]): RemoteFile {
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  return {
    path: safePath(path),
    ...{ bytes, sha256, gitBlob: null },
    open: (offset, signal) =>
      isAddress(place)
        ? openUrl(`${place}/${encoded}`, { offset, signal })
        : openFile(join(place, path), offset),
  };
}

export function openFile(
  path: string,
  offset: number,
): Promise<{ offset: number; stream: ReadableStream<Uint8Array> }> {
  return Promise.resolve({ offset, stream: Bun.file(path).slice(offset).stream() });
}
