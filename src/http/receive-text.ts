import { ApplianceError, Malformed, PayloadTooLarge, ServiceUnavailable } from '../errors.ts';
import type { BodyBudget } from './body-budget.ts';
import { decodeUtf8 } from './parse-json.ts';

/** 408: the body comes so slowly that the client might as well be trying to hold the connection. */
export class BodyTooSlow extends ApplianceError {
  constructor() {
    super({ code: 'body_too_slow', status: 408, message: 'The body did not arrive in time; send it again.' });
  }
}

/** A body that says it is no longer than this is taken in one piece, which costs a tenth of what a stream does. */
const smallBytesMax = 16 * 1024;
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
export function receiveText(request: Request, options: ReceiveOptions): Promise<string> {
  const length = Number(request.headers.get('content-length') ?? Number.NaN);
  return length <= smallBytesMax ? receiveSmall(request, length, options) : receivePieces(request, options);
}

async function receiveSmall(request: Request, bytes: number, options: ReceiveOptions): Promise<string> {
  const share = options.budget.open(request);
  if (!share.take(bytes)) throw tooManyBodies();
  const { promise: late, reject } = Promise.withResolvers<never>();
  const pace = (options.silenceMsMax ?? silenceMsMax) + bytes / bytesPerMsMin;
  const timer = setTimeout(() => reject(new BodyTooSlow()), pace);
  try {
    return decodeUtf8(await Promise.race([request.bytes(), late]));
  } catch (cause) {
    share.close();
    throw asApplianceError(cause);
  } finally {
    clearTimeout(timer);
  }
}

async function receivePieces(request: Request, options: ReceiveOptions): Promise<string> {
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
    if (cause instanceof ApplianceError) stopReading(reader);
    throw asApplianceError(cause);
  }
}

/** What else a body can fail by is that its client hung up. */
export function asApplianceError(cause: unknown): ApplianceError {
  if (cause instanceof ApplianceError) return cause;
  return new Malformed('The body ended before it was complete.', 'incomplete_body', cause);
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
