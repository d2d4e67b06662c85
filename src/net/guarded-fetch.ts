import type { IncomingMessage } from 'node:http';
import { lookup } from 'node:dns/promises';
import { deadline } from './deadline.ts';
import { type DestinationRules, judgeUrl, type ResolveName, settleDestination } from './destination.ts';
import { GuardedFetchError } from './guarded-fetch-error.ts';
import { sendPinned } from './pinned-request.ts';
import { type OnBytes, type ReceivedBody, saveBody } from './receive-body.ts';

export interface GuardedFetchOptions extends Omit<DestinationRules, 'resolveName'> {
  /** Redirects followed by a download; the next one fails it. Default 3. */
  redirectsMax?: number;
  /** Default: the system's resolver. */
  resolveName?: ResolveName;
  limits?: Partial<TimeLimits>;
}

/** What a slow server may take, apart from the total that each call names. */
export interface TimeLimits {
  connectSeconds: number;
  firstByteSeconds: number;
  /** A body that brings less than `bytesPerSecondMin` over this long is given up. */
  stallSeconds: number;
  bytesPerSecondMin: number;
}

const defaultLimits: TimeLimits = {
  connectSeconds: 10,
  firstByteSeconds: 20,
  stallSeconds: 10,
  bytesPerSecondMin: 1024,
};

export interface DownloadOptions {
  /** A file that does not exist yet; removed again when the download fails. */
  path: string;
  bytesMax: number;
  /** For everything: redirects, connection and body. */
  timeoutSeconds: number;
  signal?: AbortSignal;
  onBytes?: OnBytes;
}

export interface Download extends ReceivedBody {
  /** `Content-Type` as the server sent it, without its parameters; a hint and no more. */
  mimeType: string | null;
  /** The last hop's URL. */
  url: string;
}

export interface PostOptions {
  headers: Record<string, string>;
  body: string | Uint8Array<ArrayBuffer>;
  timeoutSeconds: number;
  signal?: AbortSignal;
}

interface OneRequest {
  headers: Record<string, string>;
  /** With one it is a POST. */
  body?: PostOptions['body'];
  signal: AbortSignal;
  firstByteSeconds?: number;
}

export interface PostAnswer {
  status: number;
}

/** Outbound HTTP that can't be turned inward. Every failure is a {@link GuardedFetchError}. */
export interface GuardedFetch {
  /** Saves what `url` answers to GET, following redirects and judging each hop. @throws GuardedFetchError, or what `onBytes` throws */
  download(url: string, options: DownloadOptions): Promise<Download>;
  /** Posts once and follows no redirect: any status is an answer, and its body isn't read. @throws GuardedFetchError */
  post(url: string, options: PostOptions): Promise<PostAnswer>;
  /** Why a URL would never be sent to, as far as that can be told without a name server; null where it might. */
  judge(url: string): GuardedFetchError | null;
}

const userAgent = 'killa-tamata';
const redirectStatuses = new Set([301, 302, 303, 307, 308]);

/**
 * Makes the one door for outbound requests: http and https only, no credentials in URLs, and the address that
 * is connected to is the very address that was judged, on every hop. Bodies are streamed to disk under a byte
 * limit, never decompressed, and every wait has an end.
 */
export function createGuardedFetch(options: GuardedFetchOptions): GuardedFetch {
  const rules: DestinationRules = {
    allowPrivateNetworks: options.allowPrivateNetworks,
    trustedOrigins: options.trustedOrigins.map((origin) => URL.parse(origin)?.origin ?? origin),
    resolveName: options.resolveName ?? resolveBySystem,
  };
  const limits = { ...defaultLimits, ...options.limits };
  const redirectsMax = options.redirectsMax ?? 3;

  const open = async (url: string, request: OneRequest) => {
    const destination = await untilAborted(settleDestination(url, rules), request.signal);
    const { connectSeconds } = limits;
    const { body, firstByteSeconds = limits.firstByteSeconds } = request;
    return sendPinned(destination, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': userAgent, ...request.headers },
      ...(body === undefined ? {} : { body }),
      ...{ signal: request.signal, connectSeconds, firstByteSeconds },
    });
  };

  const follow = async (first: string, signal: AbortSignal) => {
    let url = first;
    for (let hop = 0; hop <= redirectsMax; hop++) {
      const response = await open(url, { headers: {}, signal });
      if (!redirectStatuses.has(response.statusCode ?? 0)) return { response, url };
      response.destroy();
      url = redirectTarget(response, url);
    }
    throw new GuardedFetchError('too_many_redirects', `The URL redirects more than ${redirectsMax} times.`);
  };

  return {
    judge(url) {
      try {
        judgeUrl(url, rules);
        return null;
      } catch (error) {
        if (error instanceof GuardedFetchError) return error;
        throw error;
      }
    },
    async download(url, { path, bytesMax, timeoutSeconds, signal: outer, onBytes }) {
      using limit = deadline(timeoutSeconds, outer);
      const { response, url: lastUrl } = await follow(url, limit.signal);
      assertUsable(response);
      const body = await saveBody(response, { path, bytesMax, onBytes, signal: limit.signal, ...limits });
      const mimeType = response.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() ?? null;
      return { ...body, mimeType, url: lastUrl };
    },
    async post(url, { headers, body, timeoutSeconds, signal: outer }) {
      using limit = deadline(timeoutSeconds, outer);
      const length = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
      const sized = { ...headers, 'content-length': String(length) };
      // A receiver may do its work before it answers: it has all the time that is left.
      const waits = { signal: limit.signal, firstByteSeconds: timeoutSeconds };
      const response = await open(url, { headers: sized, body, ...waits });
      response.destroy();
      return { status: response.statusCode ?? 0 };
    },
  };
}

async function resolveBySystem(name: string): Promise<string[]> {
  const found = await lookup(name, { all: true, order: 'ipv4first' });
  return found.map((entry) => entry.address);
}

function redirectTarget(response: IncomingMessage, from: string): string {
  const target = URL.parse(response.headers.location ?? '', from);
  if (!response.headers.location || !target) {
    throw new GuardedFetchError('bad_redirect', 'The URL redirects to something that is not a URL.');
  }
  return target.href;
}

function assertUsable(response: IncomingMessage): void {
  const encoding = response.headers['content-encoding'];
  const fail = (error: GuardedFetchError) => {
    response.destroy();
    throw error;
  };
  if (response.statusCode !== 200) {
    fail(new GuardedFetchError('bad_status', `The URL answered with status ${response.statusCode}.`));
  }
  if (encoding !== undefined && encoding.trim().toLowerCase() !== 'identity') {
    fail(new GuardedFetchError('encoded_body', 'The URL answered with a compressed body, unasked.'));
  }
}

/** The resolver can't be interrupted, so its caller stops waiting for it. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const stopped = Promise.withResolvers<never>();
  const onAbort = () => stopped.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, stopped.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
