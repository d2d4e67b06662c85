import { Elysia } from 'elysia';
import { ApplianceError, Malformed, PayloadTooLarge } from '../errors.ts';
import type { FormBodies } from './form-body.ts';
import { parseJsonObject } from './parse-json.ts';
import { pathOf } from './request-target.ts';
import { type ReceiveOptions, receiveText } from './receive-text.ts';

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

/** What providers send is signed over its very text: their routes get it as it came. */
const signedPaths = /^\/api\/v1\/webhooks\/(stripe|crypto)$/;
/** They have no key, and a few thousand bytes. */
const signedBytesMax = 256 * 1024;

/** Files of any length: their routes read them piece by piece, see `createUploadReceiver`. */
const streamedPaths = /^\/api\/v1\/studio\/assets\/upload$/;

const jsonTypes = /^application\/([\w.-]+\+)?json$/i;

/**
 * Reads the bodies of all routes: JSON objects of at most `bytesMax`. A larger one is refused at once where its
 * length is told, else as soon as more has arrived; Bun's own limit is out of the way (see `createApp`), because
 * it answers without the API's error body. No body at all is an empty object.
 */
export function jsonBody(options: ReceiveOptions & { forms?: FormBodies }) {
  const { bytesMax, forms } = options;
  return new Elysia({ name: 'http.json-body' })
    .onRequest(({ request }) => {
      const length = request.headers.get('content-length');
      if (length === null) return;
      if (!/^\d+$/.test(length)) throw new Malformed('Content-Length is not a number.');
      if (streamedPaths.test(pathOf(request))) return;
      if (Number(length) > bytesMax) throw new PayloadTooLarge(bytesMax);
    })
    .guard({
      as: 'global',
      parse: [
        async ({ request, contentType }) => {
          if (streamedPaths.test(pathOf(request)) || !hasBody(request)) return {};
          if (contentType === 'multipart/form-data' && forms?.takes(request)) {
            return forms.read(request, options);
          }
          if (contentType !== '' && !jsonTypes.test(contentType.trim())) throw new NotJson(contentType);
          const encoding = request.headers.get('content-encoding') ?? 'identity';
          if (encoding !== 'identity') throw new NotJson(`compressed (${encoding})`);
          if (signedPaths.test(pathOf(request)))
            return receiveText(request, { ...options, bytesMax: signedBytesMax, assertKey: () => {} });
          const text = await receiveText(request, options);
          return text === '' ? {} : parseJsonObject(text);
        },
        // Never reached: it tells the OpenAPI document what the bodies are.
        'json',
      ],
    })
    .onAfterResponse({ as: 'global' }, ({ request }) => {
      options.budget.release(request);
      return forms?.discard(request);
    });
}

/** Looking at `body` makes a stream of it, which is the slow way to read one whose length is told. */
function hasBody(request: Request): boolean {
  return request.headers.has('content-length') || request.body !== null;
}
