/** A provider could not be asked, or its answer not be read: what it did is unknown. */
export class ProviderUnreachable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ProviderUnreachable';
  }
}

export interface ProviderRequest {
  method: 'GET' | 'POST';
  url: URL;
  headers?: Record<string, string>;
  /** Sent as JSON. */
  body?: object;
  /** For everything: connection, headers and body. */
  timeoutSeconds: number;
}

export interface ProviderAnswer {
  status: number;
  /** Whatever JSON it sent, to be checked; undefined where there was none. */
  body: unknown;
}

const answerBytesMax = 256 * 1024;

/**
 * Asks a provider whose address the operator has set. Follows no redirect, which could carry a secret elsewhere,
 * and reads no more than {@link answerBytesMax}.
 * @throws ProviderUnreachable, also for a redirect, an answer that is too large, or one that is not JSON
 */
export async function askProvider(request: ProviderRequest): Promise<ProviderAnswer> {
  const { method, url, headers = {}, body, timeoutSeconds } = request;
  try {
    const response = await fetch(url, {
      method,
      headers: {
        ...{ accept: 'application/json', 'user-agent': 'killa-tamata' },
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutSeconds * 1000),
    });
    const { status } = response;
    if (status >= 300 && status < 400) throw new Error(`it redirects (${status})`);
    const text = await readText(response);
    return { status, body: text === '' ? undefined : JSON.parse(text) };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ProviderUnreachable(`${url.host} could not be asked: ${reason}`, { cause });
  }
}

async function readText({ body }: Response): Promise<string> {
  if (body === null) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > answerBytesMax) throw new Error('its answer is too large');
    chunks.push(chunk);
  }
  return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
}
