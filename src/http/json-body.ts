import { Elysia } from 'elysia';
import { ApplianceError, Malformed, PayloadTooLarge } from '../errors.ts';
import { decodeUtf8, parseJsonObject } from './parse-json.ts';

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

/** As much is read of anyone; more only of a request whose key is good. */
const keylessBytesMax = 64 * 1024;

export interface JsonBodyOptions {
  bytesMax: number;
  /** @throws Unauthorized, Forbidden */
  assertKey: (headers: Headers) => void;
}

/**
 * Reads the bodies of all routes: JSON objects of at most `bytesMax`. A larger one is refused at once where its
 * length is told, else as soon as more has arrived; Bun's own limit is out of the way (see `createApp`), because
 * it answers without the API's error body. No body at all is an empty object.
 */
export function jsonBody(options: JsonBodyOptions) {
  const { bytesMax } = options;
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
        async ({ request: { body, headers }, contentType }) => {
          if (body === null) return {};
          if (contentType !== '' && !jsonTypes.test(contentType.trim())) throw new NotJson(contentType);
          const encoding = headers.get('content-encoding') ?? 'identity';
          if (encoding !== 'identity') throw new NotJson(`compressed (${encoding})`);
          const text = await readText(body, headers, options);
          return text === '' ? {} : parseJsonObject(text);
        },
        // Never reached: it tells the OpenAPI document what the bodies are.
        'json',
      ],
    });
}

/** @throws PayloadTooLarge, or what `assertKey` throws, without reading on */
async function readText(body: ReadableStream<Uint8Array>, headers: Headers, options: JsonBodyOptions) {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  let isKeyGood = false;
  try {
    for await (const chunk of body) {
      bytes += chunk.byteLength;
      if (bytes > options.bytesMax) throw new PayloadTooLarge(options.bytesMax);
      if (bytes > keylessBytesMax && !isKeyGood) {
        options.assertKey(headers);
        isKeyGood = true;
      }
      chunks.push(chunk);
    }
  } catch (cause) {
    if (cause instanceof ApplianceError) throw cause;
    throw new Malformed('The body ended before it was complete.', 'incomplete_body', cause);
  }
  return decodeUtf8(Buffer.concat(chunks));
}
