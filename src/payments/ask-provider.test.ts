import { afterAll, describe, expect, test } from 'bun:test';
import { askProvider, ProviderUnreachable } from './ask-provider.ts';

let asked: string[] = [];
const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  routes: {
    '/echo': async (request) => Response.json({ method: request.method, body: await request.text() }),
    '/empty': () => new Response(null, { status: 204 }),
    '/refusal': () => Response.json({ reason: 'no' }, { status: 400 }),
    '/page': () => new Response('<h1>Gateway</h1>', { status: 502 }),
    '/redirect': () => Response.redirect('/echo', 307),
    '/large': () => new Response(`"${'x'.repeat(256 * 1024)}"`),
    // Small on the wire.
    '/bomb': () => {
      const headers = { 'content-encoding': 'gzip' };
      return new Response(Bun.gzipSync(Buffer.from(`"${'x'.repeat(10_000_000)}"`)), { headers });
    },
    '/never': () => new Promise<Response>(() => {}),
    '/trickle': () =>
      new Response(
        new ReadableStream({
          pull: async (stream) => {
            await Bun.sleep(20);
            stream.enqueue('x');
          },
        }),
      ),
  },
  fetch: ({ url }) => {
    asked.push(url);
    return new Response();
  },
});
afterAll(() => server.stop(true));

const ask = (path: string, timeoutSeconds = 10) =>
  askProvider({ method: 'POST', url: new URL(path, server.url), body: { a: 1 }, timeoutSeconds });

describe('asking a provider', () => {
  test('sends and reads JSON, whatever the status', async () => {
    expect(await ask('/echo')).toEqual({ status: 200, body: { method: 'POST', body: '{"a":1}' } });
    expect(await ask('/refusal')).toEqual({ status: 400, body: { reason: 'no' } });
    expect(await ask('/empty')).toEqual({ status: 204, body: undefined });
  });

  test.each(['/page', '/redirect', '/large', '/bomb'])('%s is no answer', async (path) => {
    asked = [];
    await expect(ask(path)).rejects.toThrow(ProviderUnreachable);
    expect(asked).toEqual([]);
  });

  test.each(['/never', '/trickle'])('%s is given up', async (path) => {
    await expect(ask(path, 0.1)).rejects.toThrow(ProviderUnreachable);
  });

  test('one that is not there is no answer either', async () => {
    const url = new URL('http://127.0.0.1:1/');
    await expect(askProvider({ method: 'GET', url, timeoutSeconds: 10 })).rejects.toThrow(
      ProviderUnreachable,
    );
  });
});
