import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest, type RequestOptions } from 'node:https';
import { isIP } from 'node:net';
import type { Destination } from './destination.ts';
import { GuardedFetchError } from './guarded-fetch-error.ts';

export interface PinnedRequest {
  method: 'GET' | 'POST';
  headers: Record<string, string>;
  body?: string | Uint8Array<ArrayBuffer>;
  /** Ends the request; its reason is what is thrown. */
  signal: AbortSignal;
  connectSeconds: number;
  /** From the sent request to the answer's headers. */
  firstByteSeconds: number;
}

const unreachable = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL', 'ETIMEDOUT']);
const addressesTriedMax = 4;

/**
 * Sends one request to `destination` and answers when the headers are there. The connection goes to one of the
 * destination's own addresses as a literal: nothing is resolved again, no proxy of the environment is asked
 * (Bun's `fetch` would), no connection is kept or reused.
 * @throws GuardedFetchError `connect_failed`, `bad_response`, `timeout`, or the signal's reason
 */
export async function sendPinned(destination: Destination, options: PinnedRequest): Promise<IncomingMessage> {
  let failure: unknown;
  for (const address of destination.addresses.slice(0, addressesTriedMax)) {
    try {
      return await sendTo(address, destination.url, options);
    } catch (error) {
      if (!isUnreachable(error)) throw error;
      failure = error;
    }
  }
  throw failure;
}

function isUnreachable(error: unknown): boolean {
  return error instanceof GuardedFetchError && error.code === 'connect_failed';
}

function sendTo(address: string, url: URL, options: PinnedRequest): Promise<IncomingMessage> {
  const secure = url.protocol === 'https:';
  const send = secure ? httpsRequest : httpRequest;
  const request = send(requestOptions(address, url, options));
  return new Promise((fulfil, reject) => {
    const end = (error: unknown) => {
      request.destroy();
      reject(error);
    };
    let timer = setTimeout(() => end(connectTimeout()), options.connectSeconds * 1000);
    const onAbort = () => end(options.signal.reason);
    options.signal.addEventListener('abort', onAbort, { once: true });
    request.once('socket', (socket) => {
      socket.once(secure ? 'secureConnect' : 'connect', () => {
        clearTimeout(timer);
        timer = setTimeout(() => end(firstByteTimeout()), options.firstByteSeconds * 1000);
      });
    });
    request.once('response', (response) => {
      clearTimeout(timer);
      options.signal.removeEventListener('abort', onAbort);
      fulfil(response);
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      options.signal.removeEventListener('abort', onAbort);
      reject(options.signal.aborted ? options.signal.reason : asFetchError(error));
    });
    if (options.signal.aborted) onAbort();
    else request.end(options.body);
  });
}

function requestOptions(address: string, url: URL, options: PinnedRequest): RequestOptions {
  const secure = url.protocol === 'https:';
  const name = url.hostname.replace(/^\[|\]$/g, '');
  const agent = secure ? new HttpsAgent({ keepAlive: false }) : new HttpAgent({ keepAlive: false });
  return {
    host: address,
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    method: options.method,
    path: `${url.pathname}${url.search}`,
    headers: { ...options.headers, host: url.host, connection: 'close' },
    agent,
    // The certificate is checked against the name in the URL, not against the literal address.
    ...(secure && isIP(name) === 0 ? { servername: name.replace(/\.$/, '') } : {}),
  };
}

function connectTimeout(): GuardedFetchError {
  return new GuardedFetchError('connect_failed', "The URL's server did not accept a connection in time.");
}

function firstByteTimeout(): GuardedFetchError {
  return new GuardedFetchError('timeout', "The URL's server did not answer in time.");
}

function asFetchError(cause: NodeJS.ErrnoException): GuardedFetchError {
  const code = cause.code ?? '';
  if (unreachable.has(code)) {
    return new GuardedFetchError('connect_failed', "The URL's server can't be reached.", { cause });
  }
  if (/CERT|SSL|TLS|SELF_SIGNED|ALTNAME|UNABLE_TO_VERIFY/.test(code)) {
    return new GuardedFetchError('bad_response', "The URL's server has no valid certificate.", { cause });
  }
  return new GuardedFetchError('bad_response', "The URL's server did not answer in HTTP.", { cause });
}
