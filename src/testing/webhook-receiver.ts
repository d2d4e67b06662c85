/** A delivery as it arrived. */
export interface ReceivedWebhook {
  path: string;
  headers: Headers;
  body: string;
}

/** A real server that takes webhooks and answers what `answer` says. */
export interface WebhookReceiver extends AsyncDisposable {
  origin: string;
  received: ReceivedWebhook[];
  /** What it answers from now on; default: 204. */
  answer: (webhook: ReceivedWebhook) => Response | Promise<Response>;
}

export function startWebhookReceiver(): WebhookReceiver {
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const path = new URL(request.url).pathname;
      const webhook = { path, headers: request.headers, body: await request.text() };
      receiver.received.push(webhook);
      return receiver.answer(webhook);
    },
  });
  const receiver: WebhookReceiver = {
    origin: server.url.origin,
    received: [],
    answer: () => new Response(null, { status: 204 }),
    [Symbol.asyncDispose]: () => server.stop(true),
  };
  return receiver;
}

/** Verifies a delivery as Standard Webhooks tells its receivers to, by Web Crypto instead of our own code. */
export async function isSignedWith(secret: string, { headers, body }: ReceivedWebhook): Promise<boolean> {
  const bytes = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, [
    'verify',
  ]);
  const signed = `${headers.get('webhook-id')}.${headers.get('webhook-timestamp')}.${body}`;
  const signature = Buffer.from((headers.get('webhook-signature') ?? '').replace(/^v1,/, ''), 'base64');
  return crypto.subtle.verify('HMAC', key, signature, new TextEncoder().encode(signed));
}
