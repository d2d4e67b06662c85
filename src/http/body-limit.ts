import { Elysia } from 'elysia';
import { Malformed, PayloadTooLarge } from '../errors.ts';

/**
 * Refuses a body of more than `bytesMax`: at once where its length is told, else as soon as more has arrived.
 * Bun's own limit is out of the way (see `createApp`), because it answers without the API's error body.
 */
export function bodyLimit(bytesMax: number) {
  return new Elysia({ name: 'http.body-limit' })
    .onRequest(({ request }) => {
      const length = request.headers.get('content-length');
      if (length === null) return;
      if (!/^\d+$/.test(length)) throw new Malformed('Content-Length is not a number.');
      if (Number(length) > bytesMax) throw new PayloadTooLarge(bytesMax);
    })
    .onParse({ as: 'global' }, async ({ request, contentType }) => {
      if (request.headers.has('content-length') || request.body === null) return undefined;
      const text = await readText(request.body, bytesMax);
      return contentType === 'application/json' ? parseJson(text) : text;
    });
}

/** @throws PayloadTooLarge without reading on */
async function readText(body: ReadableStream<Uint8Array>, bytesMax: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > bytesMax) throw new PayloadTooLarge(bytesMax);
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Malformed('The body is not valid JSON.', 'malformed_json', cause);
  }
}
