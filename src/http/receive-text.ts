import { ApplianceError, Malformed, PayloadTooLarge, ServiceUnavailable } from '../errors.ts';
import type { BodyBudget } from './body-budget.ts';
import { decodeUtf8 } from './parse-json.ts';

/** 408: the body comes so slowly that the client might as well be trying to hold the connection. */
export class BodyTooSlow extends ApplianceError {
  constructor() {
    super({ code: 'body_too_slow', status: 408, message: 'The body did not arrive in time; send it again.' });
  }
}

/** As much is read of anyone; more only of a request whose key is good. */
const keylessBytesMax = 64 * 1024;
/** Nothing at all may come for this long. */
const silenceMsMax = 15_000;
/** After the first `silenceMsMax`, a body must come at least this fast on average. */
const bytesPerMsMin = 16;

export interface ReceiveOptions {
  bytesMax: number;
  /** @throws Unauthorized, Forbidden */
  assertKey: (request: Request) => void;
  /** Shared by all requests. */
  budget: BodyBudget;
  /** Other paces, for tests. */
  silenceMsMax?: number;
}

/**
 * Reads a body to its end. What it holds is given back when it fails; else with the response.
 * @throws PayloadTooLarge, BodyTooSlow, ServiceUnavailable `too_many_bodies`, Malformed where the client hung up,
 *   or what `assertKey` throws; all without reading on
 */
export async function receiveText(request: Request, options: ReceiveOptions): Promise<string> {
  const { body } = request;
  if (body === null) return '';
  const share = options.budget.open(request);
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  const startedAt = performance.now();
  let isKeyGood = false;
  try {
    for (;;) {
      const chunk = await nextChunk(reader, waitMs(startedAt, share.bytes, options));
      if (chunk === undefined) return decodeUtf8(Buffer.concat(chunks));
      if (share.bytes + chunk.byteLength > options.bytesMax) throw new PayloadTooLarge(options.bytesMax);
      if (share.bytes + chunk.byteLength > keylessBytesMax && !isKeyGood) {
        options.assertKey(request);
        isKeyGood = true;
      }
      if (!share.take(chunk.byteLength)) throw tooManyBodies();
      chunks.push(chunk);
    }
  } catch (cause) {
    share.close();
    if (!(cause instanceof ApplianceError)) {
      throw new Malformed('The body ended before it was complete.', 'incomplete_body', cause);
    }
    stopReading(reader);
    throw cause;
  }
}

/** 503: the budget of memory is used up. */
export function tooManyBodies(): ServiceUnavailable {
  const message = 'Too many large requests arrive at once; send this one again a little later.';
  return new ServiceUnavailable(message, 'too_many_bodies', 5);
}

/** Lets go of a body that is not read to its end. */
export function stopReading(reader: { cancel(): Promise<void> }): void {
  // Its client may be gone already, which is no news: why reading stopped is told elsewhere.
  reader.cancel().catch(() => {});
}

/** How long the next piece of a body of `bytes` so far may take. */
export function waitMs(
  startedAt: number,
  bytes: number,
  options: Pick<ReceiveOptions, 'silenceMsMax'>,
): number {
  const silence = options.silenceMsMax ?? silenceMsMax;
  return Math.min(silence, startedAt + silence + bytes / bytesPerMsMin - performance.now());
}

/** Undefined at the end. @throws BodyTooSlow */
export async function nextChunk(
  reader: { read(): Promise<{ value?: Uint8Array | undefined }> },
  milliseconds: number,
): Promise<Uint8Array | undefined> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new BodyTooSlow()), Math.max(0, milliseconds));
  try {
    return (await Promise.race([reader.read(), late])).value;
  } finally {
    clearTimeout(timer);
  }
}
