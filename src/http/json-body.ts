import { Elysia } from 'elysia';
import { ApplianceError, InvalidInput, Malformed, PayloadTooLarge } from '../errors.ts';

/** 415: a body that says it is something else than JSON, as curl's `-d` does unless it is told otherwise. */
export class NotJson extends ApplianceError {
  constructor(contentType: string) {
    super({
      code: 'unsupported_media_type',
      status: 415,
      message: `The body is ${contentType}: send JSON with \`Content-Type: application/json\`.`,
    });
  }
}

const jsonTypes = /^application\/([\w.-]+\+)?json$/i;

/**
 * Reads the bodies of all routes: JSON objects of at most `bytesMax`. A larger one is refused at once where its
 * length is told, else as soon as more has arrived; Bun's own limit is out of the way (see `createApp`), because
 * it answers without the API's error body. No body at all is an empty object.
 */
export function jsonBody(bytesMax: number) {
  return new Elysia({ name: 'http.json-body' })
    .onRequest(({ request }) => {
      const length = request.headers.get('content-length');
      if (length === null) return;
      if (!/^\d+$/.test(length)) throw new Malformed('Content-Length is not a number.');
      if (Number(length) > bytesMax) throw new PayloadTooLarge(bytesMax);
    })
    .guard({
      as: 'global',
      parse: [
        async ({ request: { body }, contentType }) => {
          if (body === null) return {};
          if (contentType !== '' && !jsonTypes.test(contentType.trim())) throw new NotJson(contentType);
          const text = await readText(body, bytesMax);
          return text === '' ? {} : parseObject(text);
        },
        // Never reached: it tells the OpenAPI document what the bodies are.
        'json',
      ],
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

function parseObject(text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Malformed('The body is not valid JSON.', 'malformed_json', cause);
  }
  // A route whose fields are all optional would take a list for an object without any.
  if (Array.isArray(value)) throw new InvalidInput([{ path: '', message: 'must be an object, not a list' }]);
  if (typeof value === 'object' && value !== null) return value;
  throw new Malformed('The body is JSON, but not an object.', 'malformed_json');
}
