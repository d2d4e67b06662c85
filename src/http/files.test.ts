import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { rawGet } from '../testing/raw-request.ts';
import {
  fakeJob,
  fakeModels,
  startTestAppliance,
  type TestAppliance,
  untilJob,
} from '../testing/test-appliance.ts';

const text = JSON.stringify('0123456789');
const hourMs = 3_600_000;
let appliance: TestAppliance;
let now = Date.parse('2026-05-01T12:00:00Z');
let origin: string;
let port: number;
beforeAll(async () => {
  appliance = await startTestAppliance({ modelsFolder: fakeModels(), clock: () => now });
  appliance.app.listen({ hostname: '127.0.0.1', port: 0 });
  port = appliance.app.server?.port ?? 0;
  origin = `http://127.0.0.1:${port}`;
});
afterAll(async () => {
  await appliance.app.server?.stop(true);
  await appliance.stop();
});

interface Output {
  jobId: string;
  filename: string;
  sha256: string;
  /** Signed, without an origin. */
  path: string;
}

async function makeOutput(): Promise<Output> {
  const outputs = [{ filename: 'output.json', text, mimeType: 'application/json' }];
  const { body } = await appliance.call('POST', '/api/v1/media/jobs', { body: fakeJob({ outputs }) });
  const done = await untilJob(appliance, body.jobId);
  const { pathname, search } = new URL(done.downloadableOutputUrls[0]);
  const { filename, sha256 } = done.outputs[0];
  return { jobId: body.jobId, filename, sha256, path: `${pathname}${search}` };
}

const codeOf = async (path: string) => {
  const { status, body } = await appliance.call('GET', path, { key: null });
  return [status, body.code];
};

describe.each(['a socket', 'app.handle'])('a signed URL, through %s', (way) => {
  let output: Output;
  beforeAll(async () => {
    output = await makeOutput();
  });
  const ask = (headers: Record<string, string> = {}, method = 'GET') =>
    way === 'a socket'
      ? fetch(`${origin}${output.path}`, { method, headers })
      : appliance.app.handle(new Request(`http://localhost${output.path}`, { method, headers }));

  test('works without a key, and keeps a browser from running what it gets', async () => {
    const response = await ask();
    expect(response.status).toBe(200);
    expect(await response.text()).toBe(text);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/json',
      'content-length': String(text.length),
      'content-disposition': expect.stringContaining('attachment; filename="output.json"'),
      'x-content-type-options': 'nosniff',
      'content-security-policy': "sandbox; default-src 'none'",
      'accept-ranges': 'bytes',
      etag: `"${output.sha256}"`,
      'x-request-id': expect.stringMatching(/^req_/),
    });
  });

  test('answers HEAD with the same headers and nothing else', async () => {
    const response = await ask({}, 'HEAD');
    expect([response.status, await response.text()]).toEqual([200, '']);
    expect(response.headers.get('etag')).toBe(`"${output.sha256}"`);
    expect(response.headers.get('content-type')).toBe('application/json');
    // Without a socket nobody counts the body that a HEAD leaves out.
    if (way === 'a socket') expect(response.headers.get('content-length')).toBe(String(text.length));
  });

  test.each([
    ['bytes=1-4', '0123', 'bytes 1-4/12'],
    ['bytes=9-', '89"', 'bytes 9-11/12'],
    ['bytes=-3', '89"', 'bytes 9-11/12'],
  ])('answers a range: %s', async (range, part, contentRange) => {
    const response = await ask({ range });
    expect(response.status).toBe(206);
    expect(await response.text()).toBe(part);
    expect(response.headers.get('content-range')).toBe(contentRange);
    if (way === 'a socket') expect(response.headers.get('content-length')).toBe(String(part.length));
  });

  test('answers a range beyond the end with its length', async () => {
    const response = await ask({ range: 'bytes=12-' });
    expect([response.status, response.headers.get('content-range')]).toEqual([416, 'bytes */12']);
  });

  test('answers what the client has with 304', async () => {
    const response = await ask({ 'if-none-match': `"other", "${output.sha256}"` });
    expect([response.status, await response.text()]).toEqual([304, '']);
    expect((await ask({ 'if-none-match': '"other"' })).status).toBe(200);
  });
});

describe('a URL that this appliance did not sign', () => {
  test('is a 403, whatever was changed', async () => {
    const { path, jobId } = await makeOutput();
    const other = await makeOutput();
    const sig = /sig=(.*)$/.exec(path)?.[1] ?? '';
    const exp = /exp=(\d+)/.exec(path)?.[1] ?? '';
    const last = sig.endsWith('A') ? 'B' : 'A';
    for (const changed of [
      path.replace(sig, `${sig.slice(0, -1)}${last}`),
      path.replace(sig, sig.slice(0, -1)),
      path.replace(sig, ''),
      path.replace(exp, String(Number(exp) + 1)),
      path.replace(exp, '9'.repeat(12)),
      path.replace(exp, 'never'),
      path.replace('output.json', 'other.json'),
      path.replace(jobId, other.jobId),
      path.replace(/\?.*/, ''),
    ]) {
      expect(changed).not.toBe(path);
      expect([changed, ...(await codeOf(changed))]).toEqual([changed, 403, 'forbidden']);
    }
    expect((await codeOf(path))[0]).toBe(200);
  });

  test.each([
    '/files/%JOB%/..%2f..%2f..%2f..%2fsecrets%2ffile-urls.key',
    '/files/%JOB%/%2e%2e%2fin%2fimage.png',
    '/files/..%2f..%2fsecrets/file-urls.key',
    '/files/%JOB%/../../../secrets/file-urls.key',
    '/files/%JOB%/..\\..\\appliance.sqlite',
    '/files/%JOB%/output.json%00.txt',
    '/files/%JOB%/%zz',
    '/files/../appliance.sqlite',
    '//files/%JOB%/output.json',
  ])('is never a way to another file: %s', async (template) => {
    const { jobId, path } = await makeOutput();
    const answer = await rawGet(port, `${template.replace('%JOB%', jobId)}?${path.split('?')[1]}`);
    expect(answer).toMatch(/^HTTP\/1\.1 (400|403|404|422) /);
    expect(answer).not.toContain(text);
  });

  test('is a 404 where the job is known and the file is not: the signature alone makes no file', async () => {
    const { jobId, path } = await makeOutput();
    inDatabase(
      "UPDATE jobs SET outputs = replace(outputs, 'output.json', 'renamed.json') WHERE id = ?",
      jobId,
    );
    expect(await codeOf(path)).toEqual([404, 'not_found']);
  });
});

describe('a file that is gone is a 410', () => {
  test('when it was removed', async () => {
    const { jobId, path } = await makeOutput();
    inDatabase('UPDATE jobs SET files_removed_at = 1 WHERE id = ?', jobId);
    expect(await codeOf(path)).toEqual([410, 'file_gone']);
    const { body } = await appliance.call('GET', `/api/v1/media/jobs?jobId=${jobId}`);
    expect(body).toMatchObject({ downloadableOutputUrls: [], outputs: [], status: 'succeeded' });
  });

  test('when somebody took it from the disk', async () => {
    const { jobId, path } = await makeOutput();
    await rm(join(appliance.dataFolder, 'files/jobs', jobId), { recursive: true });
    expect(await codeOf(path)).toEqual([410, 'file_gone']);
  });

  test('when its URL has expired, 72 hours after the job', async () => {
    const { path } = await makeOutput();
    now += 72 * hourMs - 1;
    expect((await codeOf(path))[0]).toBe(200);
    now += 1001;
    expect(await codeOf(path)).toEqual([410, 'file_gone']);
    now -= 72 * hourMs;
  });
});

function inDatabase(statement: string, ...values: unknown[]): void {
  const database = new Database(join(appliance.dataFolder, 'appliance.sqlite'));
  database.prepare(statement).run(...values);
  database.close();
}
