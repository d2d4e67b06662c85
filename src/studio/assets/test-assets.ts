import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { sharp } from '../../media/sharp.ts';
import type { Answer, TestAppliance } from '../../testing/test-appliance.ts';

/** Uploads as a client does; `query` is what stands behind the `?`. */
export async function upload(
  appliance: TestAppliance,
  body: Bun.BodyInit,
  options: { query?: Record<string, string>; key?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const { query = { filename: 'file' }, key = appliance.apiKey, headers = {} } = options;
  const url = `http://localhost/api/v1/studio/assets/upload?${new URLSearchParams(query).toString()}`;
  const request = new Request(url, {
    ...{ method: 'POST', body },
    headers: { authorization: `Bearer ${key}`, ...headers },
  });
  const response = await appliance.app.handle(request);
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** What a signed URL of the appliance leads to. */
export function download(
  appliance: TestAppliance,
  url: string,
  options: { method?: string; headers?: Record<string, string> } = {},
): Promise<Response> {
  const { pathname, search } = new URL(url, 'http://localhost');
  return appliance.app.handle(new Request(`http://localhost${pathname}${search}`, options));
}

/** The key of an account of its own. */
export async function anotherKey(appliance: TestAppliance): Promise<string> {
  const asAdmin = { key: appliance.adminKey, body: { name: 'Somebody else' } };
  return (await appliance.call('POST', '/api/v1/admin/accounts', asAdmin)).body.apiKey;
}

/** A picture that is like no other. */
export async function picture(color: string, format: 'png' | 'jpeg' | 'webp' = 'png') {
  const image = sharp({ create: { width: 96, height: 64, channels: 3, background: color } });
  return new Uint8Array(await image.toFormat(format).toBuffer());
}

/** The files of assets that are on disk, `<accountId>/<name>`, sorted. */
export function filesOnDisk(dataFolder: string): string[] {
  const root = join(dataFolder, 'files/assets');
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .flatMap((account) => readdirSync(join(root, account)).map((name) => `${account}/${name}`))
    .toSorted();
}

export function leftInStaging(dataFolder: string): string[] {
  const folder = join(dataFolder, 'files/staging');
  return existsSync(folder) ? readdirSync(folder) : [];
}

/**
 * What must never be, in a sentence each: a row without its file or with other bytes in it, a file without its row,
 * an asset without its file's row, a search index that knows of other assets than there are.
 */
export function faultsOf(dataFolder: string): string[] {
  const database = new Database(join(dataFolder, 'appliance.sqlite'), { readonly: true });
  try {
    const files = database
      .prepare<[], { account_id: string; sha256: string; preview: string }>('SELECT * FROM studio_files')
      .all();
    const onDisk = filesOnDisk(dataFolder);
    const names = new Set(files.map(({ account_id: account, sha256 }) => `${account}/${sha256}`));
    const indexed = database.prepare('SELECT rowid FROM studio_search ORDER BY rowid').pluck().all();
    const embedded = database
      .prepare('SELECT sequence FROM studio_embeddings ORDER BY sequence')
      .pluck()
      .all();
    const assets = database.prepare('SELECT sequence FROM studio_assets ORDER BY sequence').pluck().all();
    return [
      ...[...names]
        .filter((name) => hashOf(join(dataFolder, 'files/assets', name)) !== name.split('/')[1])
        .map((name) => `${name} is not there as it was`),
      ...onDisk.filter((name) => !names.has(name.replace(/\.\w+$/, ''))).map((name) => `${name} is nobody's`),
      ...(JSON.stringify(indexed) === JSON.stringify(assets) ? [] : ['the search index has other assets']),
      ...(JSON.stringify(embedded) === JSON.stringify(assets)
        ? []
        : ['other assets have a place for a vector']),
      ...database
        .prepare<[], object>('PRAGMA foreign_key_check')
        .all()
        .map((row) => JSON.stringify(row)),
    ];
  } finally {
    database.close();
  }
}

function hashOf(path: string): string | null {
  return existsSync(path) ? createHash('sha256').update(readFileSync(path)).digest('hex') : null;
}

/** The asset once its preview is made. */
export async function withPreview(appliance: TestAppliance, assetId: string): Promise<Answer['body']> {
  for (let tries = 0; tries < 1000; tries++) {
    const { body } = await appliance.call('GET', `/api/v1/studio/assets?assetId=${assetId}`);
    if (body.thumbnailUrl !== null || body.waveformUrl !== null) return body;
    await Bun.sleep(20);
  }
  throw new Error(`The asset ${assetId} has no preview.`);
}
