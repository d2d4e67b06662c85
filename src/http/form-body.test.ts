import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { type AttackedAppliance, startAttackedAppliance } from '../testing/attacked-appliance.ts';
import { pngFile } from '../testing/png-file.ts';
import { rawRequest } from '../testing/raw-request.ts';

const submitPath = '/api/v1/media/jobs';
const quotePath = '/api/v1/media/quote';
const bodyBytesMax = 3_000_000;

let appliance: AttackedAppliance;
let folder: string;
let jpeg: Uint8Array<ArrayBuffer>;
let before: Awaited<ReturnType<AttackedAppliance['state']>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kt-forms-'));
  appliance = await startAttackedAppliance({
    settings: {
      KT_SERVER_MAX_BODY_BYTES: String(bodyBytesMax),
      KT_SERVER_MAX_BODY_BYTES_AT_ONCE: '6000000',
      KT_INPUTS_MAX_IMAGE_BYTES: '1000000',
    },
  });
  const image = sharp({ create: { width: 96, height: 64, channels: 3, background: '#27c' } });
  jpeg = new Uint8Array(await image.jpeg().toBuffer());
  await Bun.write(join(folder, 'photo.jpg'), jpeg);
  before = await appliance.state();
});
afterAll(async () => {
  await appliance[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});
afterEach(async () => expect(await appliance.state()).toEqual(before));

type Part = [name: string, value: string | Blob, filename?: string];

async function send(path: string, parts: Part[], headers: Record<string, string> = {}) {
  const form = new FormData();
  for (const [name, value, filename] of parts) {
    if (typeof value === 'string') form.append(name, value);
    else form.append(name, value, filename ?? 'photo.jpg');
  }
  const response = await fetch(appliance.origin + path, {
    method: 'POST',
    body: form,
    headers: { authorization: `Bearer ${appliance.apiKey}`, ...headers },
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: JSON.parse(text) };
}

const photo = () => new Blob([jpeg]);
const edit: Part[] = [
  ['task', 'image.edit'],
  ['input', '{"prompt":"noir"}'],
];

async function untilEnded(jobId: string) {
  for (;;) {
    const { body } = await appliance.get(`${submitPath}?jobId=${jobId}&includeDetails=1`);
    if (body.finishedAt !== null) return body;
    await Bun.sleep(10);
  }
}

describe('a form with files', () => {
  test('from curl becomes a job like any other', async () => {
    const child = Bun.spawn(
      [
        ...['curl', '-sS', appliance.origin + submitPath, '-H', `Authorization: Bearer ${appliance.apiKey}`],
        ...['-F', 'task=image.edit', '-F', 'input={"prompt":"noir"}', '-F', 'sourceImage=@photo.jpg'],
      ],
      { cwd: folder, stdout: 'pipe' },
    );
    const submitted = JSON.parse(await new Response(child.stdout).text());
    expect(submitted.effectiveInput).toMatchObject({ prompt: 'noir', width: 96, height: 64 });
    expect(submitted.effectiveInput.sourceImage).toMatchObject({ source: 'upload', bytes: jpeg.length });
    expect((await untilEnded(submitted.jobId)).status).toBe('succeeded');
    before = await appliance.state();
  });

  test('is quoted', async () => {
    const { status, body } = await send(quotePath, [...edit, ['sourceImage', photo()]]);
    expect([status, body.effectiveInput.width]).toEqual([200, 96]);
  });

  test('may bring several of one name, beside URLs in other fields', async () => {
    const parts: Part[] = [
      ...edit,
      ['sourceImage', photo()],
      ['referenceImages', photo()],
      ['referenceImages', photo()],
    ];
    const { status, body } = await send(quotePath, parts);
    expect([status, body.effectiveInput.referenceImages.length]).toEqual([200, 2]);
  });

  test('one file is enough for a field that takes a list, and names of files mean nothing', async () => {
    for (const filename of ['../../../etc/passwd', '-i', 'a\0b', '$(id).jpg', '', 'x'.repeat(1000)]) {
      const parts: Part[] = [
        ...edit,
        ['sourceImage', photo(), filename],
        ['referenceImages', photo(), filename],
      ];
      const { status, body } = await send(quotePath, parts);
      expect([filename.slice(0, 20), status, body.error]).toEqual([filename.slice(0, 20), 200, undefined]);
    }
  });

  test('is the same request when it is sent again, and another with another file', async () => {
    const headers = { 'x-idempotency-key': 'form-1' };
    const parts: Part[] = [...edit, ['sourceImage', photo()]];
    const first = await send(submitPath, parts, headers);
    expect(first.status).toBe(202);
    const again = await send(submitPath, parts, headers);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    const png = new Blob([new Uint8Array(pngFile({ width: 64, height: 64 }))]);
    const other = await send(submitPath, [...edit, ['sourceImage', png]], headers);
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reuse']);
    await untilEnded(first.body.jobId);
    before = await appliance.state();
  });

  test('shows no one its files by their URL', async () => {
    const { body } = await send(quotePath, [...edit, ['sourceImage', photo()]]);
    expect(JSON.stringify(body)).not.toContain('upload.invalid');
    for (const url of ['http://upload.invalid/', `http://upload.invalid/${'a'.repeat(64)}`]) {
      const { status } = await appliance.post(quotePath, {
        task: 'image.edit',
        input: { prompt: 'x', sourceImage: url },
      });
      expect(status).toBe(422);
    }
  });
});

describe('what a form is refused for', () => {
  const issuePaths = (body: { details?: { issues?: { path: string }[] } }) =>
    body.details?.issues?.map(({ path }) => path);

  test.each([
    ['a file for no field', [...edit, ['sourceImag', photo()]], ['/input/sourceImag']],
    ['a file that is a field of its own', [...edit, ['__proto__', photo()]], ['/input/__proto__']],
    [
      'a file for the prompt',
      [
        ['task', 'image.generate'],
        ['prompt', photo()],
      ],
      ['/input/prompt'],
    ],
    [
      'two files for a field that takes one',
      [...edit, ['sourceImage', photo()], ['sourceImage', photo()]],
      ['/input/sourceImage'],
    ],
    [
      'a field that belongs into the input',
      [...edit, ['sourceImage', photo()], ['prompt', 'x']],
      ['/prompt'],
    ],
    ['a task twice', [...edit, ['task', 'image.edit'], ['sourceImage', photo()]], ['/task']],
    [
      'a file and a URL for one field',
      [
        ['task', 'image.edit'],
        ['input', '{"prompt":"x","sourceImage":"http://a.example/"}'],
        ['sourceImage', photo()],
      ],
      ['/input/sourceImage'],
    ],
  ] as [string, Part[], string[]][])('%s', async (_what, parts, expected) => {
    const { status, body } = await send(submitPath, parts);
    expect(status).toBe(422);
    expect(issuePaths(body)).toEqual(expect.arrayContaining(expected));
  });

  test('files of the wrong kind or beyond their limit, each by its field', async () => {
    const text = await send(submitPath, [...edit, ['sourceImage', new Blob(['<svg/>']), 'a.png']]);
    expect([text.status, issuePaths(text.body)]).toEqual([415, ['/input/sourceImage']]);
    const large = await send(submitPath, [...edit, ['sourceImage', new Blob([new Uint8Array(1_000_001)])]]);
    expect([large.status, issuePaths(large.body)]).toEqual([413, ['/input/sourceImage']]);
    const empty = await send(submitPath, [...edit, ['sourceImage', new Blob([])]]);
    expect([empty.status, issuePaths(empty.body)]).toEqual([415, ['/input/sourceImage']]);
  });

  test('an input that is no JSON object', async () => {
    for (const input of ['{', '[]', '1', `{"a":${'['.repeat(100)}}`, '{"prompt":"\\u0000"}', '']) {
      const { status } = await send(submitPath, [
        ['task', 'image.edit'],
        ['input', input],
        ['sourceImage', photo()],
      ]);
      expect([400, 422]).toContain(status);
    }
  });

  test('no key, before anything is received', async () => {
    const { status } = await send(submitPath, [...edit, ['sourceImage', photo()]], {
      authorization: 'Bearer x',
    });
    expect(status).toBe(401);
  });

  test('other routes than submit and quote take none', async () => {
    const { status } = await send('/api/v1/keys', [['label', 'x']]);
    expect(status).toBe(415);
  });

  test('more at once than there is memory for', async () => {
    const large: Part[] = [...edit, ['sourceImage', new Blob([new Uint8Array(2_500_000)])]];
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(quotePath, large)));
    const codes = answers.map(({ body }) => body.code);
    expect(new Set(codes)).toEqual(new Set(['media_too_large', 'too_many_bodies']));
    expect((await send(quotePath, [...edit, ['sourceImage', photo()]])).status).toBe(200);
  });

  test('more than the largest body, told or not', async () => {
    const { status } = await send(submitPath, [
      ...edit,
      ['sourceImage', new Blob([new Uint8Array(bodyBytesMax)])],
    ]);
    expect(status).toBe(413);
    const head = `--x\r\nContent-Disposition: form-data; name="sourceImage"; filename="a"\r\n\r\n`;
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode(head)),
      pull: (controller) => controller.enqueue(new Uint8Array(100_000)),
    });
    const endless = fetch(appliance.origin + submitPath, {
      method: 'POST',
      body,
      headers: {
        authorization: `Bearer ${appliance.apiKey}`,
        'content-type': 'multipart/form-data; boundary=x',
      },
    });
    // The appliance hangs up on a client that goes on sending.
    expect(await endless.then(({ status: code }) => code).catch(() => 413)).toBe(413);
  });

  const field = (name: string, more = '') => `Content-Disposition: form-data; name="${name}"${more}\r\n`;
  const file = `--x\r\n${field('sourceImage', '; filename="a"')}\r\nabc`;
  test.each([
    ['no boundary', 'multipart/form-data', `${file}\r\n--x--\r\n`],
    ['an empty boundary', 'multipart/form-data; boundary=', `${file}\r\n--x--\r\n`],
    ['another boundary', 'multipart/form-data; boundary=y', `${file}\r\n--x--\r\n`],
    ['no end', 'multipart/form-data; boundary=x', file],
    ['an end within a header', 'multipart/form-data; boundary=x', '--x\r\nContent-Dispo'],
    ['nothing', 'multipart/form-data; boundary=x', ''],
    ['a thousand files', 'multipart/form-data; boundary=x', `${`${file}\r\n`.repeat(1000)}--x--\r\n`],
    [
      'a thousand fields',
      'multipart/form-data; boundary=x',
      `${`--x\r\n${field('task')}\r\na\r\n`.repeat(1000)}--x--\r\n`,
    ],
    [
      'a field of 2 MB',
      'multipart/form-data; boundary=x',
      `--x\r\n${field('input')}\r\n${' '.repeat(2_000_000)}\r\n--x--\r\n`,
    ],
    [
      'a name of 2,000 characters',
      'multipart/form-data; boundary=x',
      `--x\r\n${field('a'.repeat(2000))}\r\na\r\n--x--\r\n`,
    ],
    [
      'a header of 1 MB',
      'multipart/form-data; boundary=x',
      `--x\r\nX: ${'a'.repeat(1_000_000)}\r\n\r\na\r\n--x--\r\n`,
    ],
    ['no names', 'multipart/form-data; boundary=x', `--x\r\nContent-Type: text/plain\r\n\r\na\r\n--x--\r\n`],
    [
      'forms in a form',
      'multipart/form-data; boundary=x',
      `--x\r\n${field('a')}Content-Type: multipart/mixed; boundary=y\r\n\r\n--y\r\n\r\na\r\n--y--\r\n--x--\r\n`,
    ],
    ['bytes', 'multipart/form-data; boundary=x', '\0\xff\xfe'],
  ])('a form of %s', async (_what, type, body) => {
    for (const path of [submitPath, quotePath]) {
      const answer = await appliance.post(path, Buffer.from(body, 'latin1'), { 'content-type': type });
      expect([400, 422]).toContain(answer.status);
    }
  });

  test('a client that hangs up in the middle', async () => {
    const head = [`POST ${submitPath} HTTP/1.1`, 'Host: localhost', `X-Api-Key: ${appliance.apiKey}`]
      .concat(['Content-Type: multipart/form-data; boundary=x', 'Content-Length: 100000', '', ''])
      .join('\r\n');
    const socket = new Promise<void>((resolve, reject) => {
      void Bun.connect({
        hostname: '127.0.0.1',
        port: appliance.port,
        socket: {
          open(connection) {
            connection.write(head + file);
            setTimeout(() => connection.terminate(), 100);
          },
          data: () => {},
          close: () => resolve(),
          error: (_, error) => reject(error),
        },
      });
    });
    await socket;
    expect(await rawRequest(appliance.port, ['GET /api/v1/health HTTP/1.0\r\n\r\n'])).toContain('200 OK');
  });
});
