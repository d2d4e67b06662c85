import { StoreError } from './store-error.ts';

/** The other side answered, and will answer the same again. */
export class SourceRefused extends StoreError {
  constructor(
    readonly url: string,
    readonly status: number,
    /** What the hub puts into `X-Error-Code`, such as `GatedRepo`; null elsewhere. */
    readonly errorCode: string | null,
  ) {
    super(`${url} answered ${status}${errorCode === null ? '' : ` (${errorCode})`}.`);
    this.name = 'SourceRefused';
  }
}

/** Too busy or broken for a moment. */
export class SourceBusy extends Error {}

/** 408, 429 and the server's own errors pass; the rest is an answer. */
function isPassing(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

/** @throws SourceRefused, SourceBusy, and what the network throws */
export async function request(
  url: string,
  options: {
    headers?: Record<string, string>;
    signal?: AbortSignal;
    method?: 'HEAD';
    redirect?: 'manual';
  } = {},
): Promise<Response> {
  // A compressed body has other lengths and other offsets.
  const headers = { 'accept-encoding': 'identity', ...options.headers };
  const response = await fetch(url, { ...options, headers }).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SourceBusy(`${hostOf(url)} can't be reached (${reason}).`, { cause });
  });
  // Where redirects aren't followed, one is an answer.
  if (response.status < 400) return response;
  await response.body?.cancel();
  const { status } = response;
  if (isPassing(status)) throw new SourceBusy(`${hostOf(url)} answered ${status}.`);
  throw new SourceRefused(url, status, response.headers.get('x-error-code'));
}

/** A body from `offset` on, or from its beginning where the server knows no ranges. */
export async function openUrl(
  url: string,
  options: { headers?: Record<string, string>; offset: number; signal: AbortSignal },
): Promise<{ offset: number; stream: ReadableStream<Uint8Array> }> {
  const { offset, signal } = options;
  const range: Record<string, string> = offset > 0 ? { range: `bytes=${offset}-` } : {};
  const response = await request(url, { headers: { ...options.headers, ...range }, signal });
  if (!response.body) throw new SourceBusy(`${hostOf(url)} sent no body.`);
  const start = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1];
  const begins = response.status === 206 && start !== undefined ? Number(start) : 0;
  if (begins > offset) throw new SourceBusy(`${hostOf(url)} sent another part than asked for.`);
  return { offset: begins, stream: response.body };
}

/** Without the path and its query: those of a signed address are as good as a key. */
export function hostOf(url: string): string {
  return URL.parse(url)?.host ?? 'The server';
}
