import { describe, expect, test } from 'bun:test';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mayMount, mountTmpfs } from '../src/testing/tmpfs.ts';
import { Failure } from './failure.ts';
import type { JobView } from './job.ts';
import { saveOutputs } from './save-outputs.ts';
import type { Terminal } from './terminal.ts';

const quiet: Terminal = {
  print: () => {},
  say: () => {},
  showLive: () => {},
  isInteractive: false,
  paint: (_style, text) => text,
  ask: () => Promise.resolve(null),
};
const sha256 = (text: string) => new Bun.CryptoHasher('sha256').update(text).digest('hex');
const content = 'every byte of it\n'.repeat(2000);

/** A job with one file, at a server that answers as it is told. */
function jobAt(server: Bun.Server<undefined>, output: Partial<JobView['outputs'][number]> = {}): JobView {
  const url = `http://127.0.0.1:${server.port}/files/film.mp4`;
  const told = {
    url,
    filename: 'film.mp4',
    mimeType: 'video/mp4',
    bytes: content.length,
    sha256: sha256(content),
  };
  return {
    ...{
      jobId: 'job_1',
      id: 'job_1',
      task: 'video.generate',
      status: 'succeeded',
      engine: 'gpu',
      draft: false,
    },
    ...{ priority: 'standard', progress: { fraction: 1, stage: 'done', step: 0, steps: 0 } },
    ...{ queuePosition: null, startsInSeconds: null, createdAt: null, startedAt: null, finishedAt: null },
    ...{
      downloadableOutputUrls: [url],
      outputs: [{ ...told, ...output }],
      expiresAt: null,
      filesRemovedAt: null,
    },
    billing: { amountUsd: 0, amountMicros: 0, listUsd: 0, listMicros: 0, basis: [], refunded: false },
  };
}
const serve = (fetch: (request: Request) => Response) => Bun.serve({ port: 0, hostname: '127.0.0.1', fetch });
const save = async (job: JobView, folder: string) =>
  (await saveOutputs(job, { folder, signal: new AbortController().signal, terminal: quiet })).map(
    ({ path }) => path.slice(folder.length + 1),
  );
const newFolder = () => mkdtempSync(join(tmpdir(), 'kt-save-'));

describe('a download', () => {
  test('replaces nothing, and finds the same file again', async () => {
    using server = serve(() => new Response(content));
    const folder = newFolder();
    writeFileSync(join(folder, 'film.mp4'), 'somebody else made this');
    expect(await save(jobAt(server), folder)).toEqual(['film-2.mp4']);
    expect(await save(jobAt(server), folder)).toEqual(['film-2.mp4']);
    expect(readFileSync(join(folder, 'film.mp4'), 'utf8')).toBe('somebody else made this');
    expect(readFileSync(join(folder, 'film-2.mp4'), 'utf8')).toBe(content);
  });

  test('that breaks off goes on where it was', async () => {
    const ranges: (string | null)[] = [];
    using server = serve((request) => {
      const range = request.headers.get('range');
      ranges.push(range);
      const from = Number(/\d+/.exec(range ?? '0')?.[0]);
      // One piece at a time, and no more.
      const piece = content.slice(from, from + 12_000);
      return new Response(piece, { status: range === null ? 200 : 206 });
    });
    const folder = newFolder();
    expect(await save(jobAt(server), folder)).toEqual(['film.mp4']);
    expect(ranges).toEqual([null, 'bytes=12000-', 'bytes=24000-']);
    expect(readFileSync(join(folder, 'film.mp4'), 'utf8')).toBe(content);
  });

  test('that falls silent, or is refused for a moment, is tried again', async () => {
    let asked = 0;
    using server = serve(() => {
      asked++;
      if (asked === 1) return new Response('busy', { status: 503 });
      if (asked === 2)
        return new Response(new ReadableStream({ start: (stream) => stream.enqueue(content.slice(0, 100)) }));
      return new Response(content.slice(100), { status: 206 });
    });
    const folder = newFolder();
    const { signal } = new AbortController();
    await saveOutputs(jobAt(server), { folder, signal, terminal: quiet, silenceMs: 200 });
    expect(readFileSync(join(folder, 'film.mp4'), 'utf8')).toBe(content);
    expect(asked).toBe(3);
  });

  test('of files that are deleted says so: there is nothing to come back for', async () => {
    using server = serve(() => new Response('gone', { status: 410 }));
    await expect(save(jobAt(server), newFolder())).rejects.toMatchObject({ code: 'files_gone' });
    const removed = { ...jobAt(server), filesRemovedAt: '2026-01-01T00:00:00.000Z' };
    await expect(save(removed, newFolder())).rejects.toMatchObject({ code: 'files_gone' });
  });

  test.skipIf(!mayMount)('that the disk has no room for leaves nothing behind', async () => {
    using disk = mountTmpfs(16 * 1024);
    using server = serve(() => new Response(content));
    await expect(save(jobAt(server), disk.folder)).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(readdirSync(disk.folder)).toEqual([]);
  });

  test.each([
    ['other bytes', () => new Response(content.replace('every', 'EVERY'))],
    ['more bytes', () => new Response(`${content}!`)],
    ['an error', () => new Response('gone', { status: 410 })],
  ])('of %s leaves nothing behind', async (_what, answer) => {
    using server = serve(answer);
    const folder = newFolder();
    const failure = await save(jobAt(server), folder).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Failure);
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each([
    ['../../etc/passwd', 'passwd'],
    ['..\\..\\boot.ini', 'boot.ini'],
    ['.bashrc', 'bashrc'],
    ['...', 'output'],
    ['a\u{0}b\u{202e}c.png', 'a_b_c.png'],
  ])('named %j is called %s', async (filename, name) => {
    using server = serve(() => new Response(content));
    const folder = newFolder();
    expect(await save(jobAt(server, { filename }), folder)).toEqual([name]);
    expect(readdirSync(folder)).toEqual([name]);
  });
});
