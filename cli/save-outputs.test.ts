import { describe, expect, test } from 'bun:test';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
