import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createLog } from '../log.ts';
import { chunkOf, lastChunk, rawRequest } from '../testing/raw-request.ts';
import { fakeJob, fakeModels, startTestAppliance, type TestAppliance } from '../testing/test-appliance.ts';
import { until } from '../testing/until.ts';

const bytesMax = 10_000;
const lines: Record<string, unknown>[] = [];
let appliance: TestAppliance;
let port: number;
beforeAll(async () => {
  appliance = await startTestAppliance({
    modelsFolder: fakeModels(),
    log: createLog({ level: 'debug', write: (line) => lines.push(JSON.parse(line)), now: () => 0 }),
    environment: { KT_SERVER_MAX_BODY_BYTES: String(bytesMax) },
  });
  appliance.app.listen({ hostname: '127.0.0.1', port: 0 });
  port = appliance.app.server?.port ?? 0;
});
afterAll(async () => {
  await appliance.app.server?.stop(true);
  await appliance.stop();
});

const quote = (text = JSON.stringify(fakeJob())) => ({
  text,
  head: (length: string) =>
    ['POST /api/v1/media/quote HTTP/1.1', 'Host: localhost', `X-API-Key: ${appliance.apiKey}`]
      .concat(['Content-Type: application/json', 'Connection: close', length, '', ''])
      .join('\r\n'),
});
/** A valid request of exactly this many bytes. */
const sized = (bytes: number) => {
  const text = JSON.stringify(fakeJob());
  return quote(`${text}${' '.repeat(bytes - text.length)}`);
};
const chunks = (text: string) => (text.match(/[^]{1,3000}/g) ?? []).map(chunkOf);

function expectRefusal(answer: string, status: number, code: string): void {
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  expect(head).toStartWith(`HTTP/1.1 ${status}`);
  expect(head.toLowerCase()).toContain('content-type: application/json');
  expect(head.toLowerCase()).toContain('x-request-id: req_');
  expect(JSON.parse(body)).toMatchObject({ code });
}

describe('a body whose length is told', () => {
  test('is taken up to the limit', async () => {
    const { head, text } = sized(bytesMax);
    expect(await rawRequest(port, [head(`Content-Length: ${bytesMax}`), text])).toStartWith('HTTP/1.1 200');
  });

  test('is refused beyond it before it was sent', async () => {
    const { head } = quote();
    for (const length of [bytesMax + 1, 1e12, Number.MAX_SAFE_INTEGER]) {
      const answer = await rawRequest(port, [head(`Content-Length: ${length}`)]);
      expectRefusal(answer, 413, 'payload_too_large');
    }
  });

  test('is refused in a client that goes on sending, too', async () => {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/media/quote`, {
      method: 'POST',
      headers: { 'x-api-key': appliance.apiKey, 'content-type': 'application/json' },
      body: 'x'.repeat(2_000_000),
    });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ code: 'payload_too_large', details: { bytesMax } });
  });
});

describe('a body that comes in chunks', () => {
  const chunked = 'Transfer-Encoding: chunked';

  test('is taken up to the limit', async () => {
    const { head, text } = sized(bytesMax);
    expect(await rawRequest(port, [head(chunked), ...chunks(text), lastChunk])).toStartWith('HTTP/1.1 200');
  });

  test('is refused as soon as more has arrived, without waiting for its end', async () => {
    const { head, text } = sized(bytesMax + 1);
    expectRefusal(await rawRequest(port, [head(chunked), ...chunks(text)]), 413, 'payload_too_large');
  });

  test('is refused whatever it says it is', async () => {
    const { head } = quote();
    const asText = head(chunked).replace('application/json', 'text/plain');
    const answer = await rawRequest(port, [asText, ...chunks('x'.repeat(bytesMax + 1))]);
    expectRefusal(answer, 415, 'unsupported_media_type');
  });

  test('is read as UTF-8 wherever it was cut', async () => {
    const bytes = new TextEncoder().encode(JSON.stringify({ task: 'ünïcode', input: {} }));
    const body = new ReadableStream({
      start(controller) {
        for (const byte of bytes) controller.enqueue(new Uint8Array([byte]));
        controller.close();
      },
    });
    const headers = { 'x-api-key': appliance.apiKey, 'content-type': 'application/json' };
    const request = new Request('http://localhost/api/v1/media/quote', { method: 'POST', headers, body });
    expect(await (await appliance.app.handle(request)).text()).toContain('ünïcode');
  });
});

describe('a body that its client leaves half-sent', () => {
  test.each(['Content-Length: 1000', 'Transfer-Encoding: chunked'])(
    "is the client's fault, not a failure of ours: %s",
    async (length) => {
      const { head } = quote();
      const requestId = `half-sent-${length.length}`;
      const socket = connect(port, '127.0.0.1');
      socket.write(head(`${length}\r\nX-Request-Id: ${requestId}`) + chunkOf('{"task":'));
      await once(socket, 'connect');
      await Bun.sleep(30);
      socket.destroy();
      const logged = () => lines.filter((line) => line.requestId === requestId);
      await until(() => logged().length > 0);
      expect(logged()).toMatchObject([{ level: 'info', message: 'request', status: 400 }]);
    },
  );
});

describe.each(['a socket', 'app.handle'])('through %s', (way) => {
  const ask = async (body: string | null, contentType?: string) => {
    const origin = way === 'a socket' ? `http://127.0.0.1:${port}` : 'http://localhost';
    const headers = {
      'x-api-key': appliance.apiKey,
      ...(contentType ? { 'content-type': contentType } : {}),
    };
    // As bytes: text alone would bring a type of its own.
    const bytes = body === null ? null : new TextEncoder().encode(body);
    const request = new Request(`${origin}/api/v1/keys`, { method: 'POST', headers, body: bytes });
    const response = await (way === 'a socket' ? fetch(request) : appliance.app.handle(request));
    const answer: { code?: string; label?: string } = JSON.parse(await response.text());
    return [response.status, answer.code ?? answer.label];
  };

  test.each([
    ['JSON', '{"label":"x"}', 'application/json', 'x'],
    ['JSON with a character set', '{"label":"x"}', 'Application/JSON; charset=utf-8', 'x'],
    ['a kind of JSON', '{"label":"x"}', 'application/vnd.api+json', 'x'],
    ['JSON that does not say so', '{"label":"x"}', undefined, 'x'],
    ['JSON after a byte order mark', '\ufeff{"label":"x"}', 'application/json', 'x'],
    ['no body', null, undefined, 'API key'],
    ['an empty body', '', 'application/json', 'API key'],
  ])('%s is read', async (_name, body, contentType, label) => {
    expect(await ask(body, contentType)).toEqual([201, label]);
  });

  test.each([
    ['broken JSON', '{"label":', 'application/json', 400, 'malformed_json'],
    ['null', 'null', 'application/json', 400, 'malformed_json'],
    ['a text', '"label"', 'application/json', 400, 'malformed_json'],
    ['a list', '[]', 'application/json', 422, 'invalid_input'],
    [
      'what curl sends unless told otherwise',
      '{"label":"x"}',
      'application/x-www-form-urlencoded',
      415,
      null,
    ],
    ['a text/plain body', '{"label":"x"}', 'text/plain', 415, null],
    ['a form with files', '--x\r\n', 'multipart/form-data; boundary=x', 415, null],
    ['bytes', 'x', 'application/octet-stream', 415, null],
  ])('%s is refused', async (_name, body, contentType, status, code) => {
    expect(await ask(body, contentType)).toEqual([status, code ?? 'unsupported_media_type']);
  });
});
