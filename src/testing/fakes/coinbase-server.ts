import { createHmac, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { jwtVerify } from 'jose';

/** A checkout, as Coinbase Business shows it. */
export interface FakeCheckout {
  id: string;
  url: string;
  amount: string;
  currency: string;
  network: string;
  status: string;
  metadata: Record<string, string>;
  expiresAt: string;
  createdAt: string;
  updatedAt: string;
  settlement?: { totalAmount: string; feeAmount: string; netAmount: string; currency: string };
  refundedAmount?: string;
  transactionHash?: string;
}

export interface Delivery {
  headers: Record<string, string>;
  body: string;
}

/** Coinbase Business on loopback: the Checkouts API, what customers do, and signed webhooks. */
export interface CoinbaseServer extends AsyncDisposable {
  origin: string;
  keyName: string;
  /** Ed25519, base64 of seed and public key. */
  keySecret: string;
  webhookSecret: string;
  checkouts: Map<string, FakeCheckout>;
  /** Each request that came: method, path and idempotency key. */
  asked: string[];
  /** Stands in for an answer; `real` does what would have been done, and answers it. */
  fault: ((real: () => Promise<Response>) => Response | Promise<Response>) | undefined;
  /** The customer pays. @param options.amount default: what is asked for */
  pay(id: string, options?: { amount?: string; currency?: string }): FakeCheckout;
  refund(id: string, amount: string): FakeCheckout;
  change(id: string, changes: Partial<FakeCheckout>): FakeCheckout;
  /** A webhook's delivery, signed. @param options.at epoch seconds; default: now */
  deliver(id: string, eventType: string, options?: { at?: number; eventId?: string }): Delivery;
}

/** @param options.webhookUrl where to send what customers do on its page; @param options.port default: any */
export function startCoinbaseServer(
  options: { port?: number; webhookUrl?: string; now?: () => number } = {},
): CoinbaseServer {
  const { port = 0, webhookUrl, now = Date.now } = options;
  const key = makeKey();
  const byIdempotencyKey = new Map<string, { body: string; id: string }>();
  const iso = () => new Date(now()).toISOString();
  const answer = async (request: Request): Promise<Response> => {
    const { pathname, host, searchParams } = new URL(request.url);
    coinbase.asked.push(
      [request.method, pathname, request.headers.get('x-idempotency-key')].join(' ').trim(),
    );
    if (!(await isAuthorized(request, `${request.method} ${host}${pathname}`))) {
      return Response.json({ errorType: 'unauthorized', errorMessage: 'no' }, { status: 401 });
    }
    const id = pathname.split('/')[4];
    if (request.method === 'GET' && id === undefined) return list(searchParams);
    const found = id === undefined ? undefined : coinbase.checkouts.get(id);
    if (request.method === 'GET' && found) return Response.json(found);
    if (request.method !== 'POST' || id !== undefined) {
      return Response.json({ errorType: 'not_found', errorMessage: 'no such checkout' }, { status: 404 });
    }
    return create(await request.text(), request.headers.get('x-idempotency-key') ?? randomUUID());
  };
  /** Two a page. */
  const list = (query: URLSearchParams): Response => {
    const all = [...coinbase.checkouts.values()].filter(({ status }) => status === query.get('status'));
    const begin = Number(query.get('pageToken') ?? 0);
    const nextPageToken = begin + 2 < all.length ? String(begin + 2) : '';
    return Response.json({ checkouts: all.slice(begin, begin + 2), nextPageToken });
  };
  const isAuthorized = async ({ headers }: Request, uri: string): Promise<boolean> => {
    const token = (headers.get('authorization') ?? '').replace(/^Bearer /, '');
    const checks = { issuer: 'cdp', subject: key.name, currentDate: new Date(now()), maxTokenAge: 120 };
    return jwtVerify(token, key.publicKey, { ...checks, algorithms: ['EdDSA'] }).then(
      ({ payload, protectedHeader: { kid, nonce } }) =>
        kid === key.name &&
        typeof nonce === 'string' &&
        JSON.stringify(payload['uris']) === JSON.stringify([uri]),
      () => false,
    );
  };
  const create = (body: string, idempotencyKey: string): Response => {
    const known = byIdempotencyKey.get(idempotencyKey);
    if (known && known.body !== body) {
      return Response.json({ errorType: 'idempotency_error', errorMessage: 'another body' }, { status: 422 });
    }
    if (known) return Response.json(coinbase.checkouts.get(known.id), { status: 201 });
    const id = randomBytes(12).toString('hex');
    const times = { createdAt: iso(), updatedAt: iso() };
    const checkout = {
      id,
      url: `${coinbase.origin}/pay/${id}`,
      status: 'ACTIVE',
      ...JSON.parse(body),
      ...times,
    };
    coinbase.checkouts.set(id, checkout);
    byIdempotencyKey.set(idempotencyKey, { body, id });
    return Response.json(checkout, { status: 201 });
  };
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port,
    routes: {
      '/api/v1/checkouts': (request) => coinbase.fault?.(() => answer(request)) ?? answer(request),
      '/api/v1/checkouts/:id': (request) => coinbase.fault?.(() => answer(request)) ?? answer(request),
      '/pay/:id': {
        GET: () => new Response(payPage, { headers: { 'content-type': 'text/html' } }),
        POST: ({ params: { id } }) => act(id, 'checkout.payment.success', () => coinbase.pay(id)),
      },
      '/refund/:id': {
        POST: ({ params: { id } }) =>
          act(id, 'checkout.refund.success', ({ amount }) => coinbase.refund(id, amount)),
      },
    },
    fetch: () => new Response('POST /pay/<id> or /refund/<id>', { status: 404 }),
  });
  const act = async (id: string, eventType: string, work: (checkout: FakeCheckout) => void) => {
    const checkout = coinbase.checkouts.get(id);
    if (!checkout) return new Response('There is no such checkout.', { status: 404 });
    work(checkout);
    if (webhookUrl === undefined) return Response.json(checkout);
    const { status } = await fetch(webhookUrl, { method: 'POST', ...coinbase.deliver(id, eventType) });
    return new Response(`${eventType}: the webhook was answered with ${status}.\n`);
  };
  const coinbase: CoinbaseServer = {
    origin: server.url.origin,
    ...{ keyName: key.name, keySecret: key.secret, webhookSecret: randomUUID() },
    ...{ checkouts: new Map(), asked: [], fault: undefined },
    change(id, changes) {
      const checkout = coinbase.checkouts.get(id);
      if (!checkout) throw new Error(`There is no checkout ${id}.`);
      return Object.assign(checkout, { updatedAt: iso() }, changes);
    },
    pay(id, { amount: totalAmount = coinbase.checkouts.get(id)?.amount ?? '', currency = 'USDC' } = {}) {
      const settlement = { totalAmount, feeAmount: '0.00', netAmount: totalAmount, currency };
      const transactionHash = `0x${randomBytes(32).toString('hex')}`;
      return coinbase.change(id, { status: 'COMPLETED', settlement, transactionHash });
    },
    refund(id, amount) {
      const { refundedAmount = '0', settlement } = coinbase.checkouts.get(id) ?? {};
      const refunded = (Number(refundedAmount) + Number(amount)).toFixed(2);
      const isAll = Number(refunded) >= Number(settlement?.totalAmount);
      const status = isAll ? 'REFUNDED' : 'PARTIALLY_REFUNDED';
      return coinbase.change(id, { status, refundedAmount: refunded });
    },
    deliver(id, eventType, { at = Math.floor(now() / 1000), eventId = randomUUID() } = {}) {
      const body = JSON.stringify({ eventType, ...coinbase.checkouts.get(id) });
      const headers = {
        'content-type': 'application/json',
        'x-event-id': eventId,
        'x-event-type': eventType,
      };
      return {
        body,
        headers: { ...headers, ...sign({ secret: coinbase.webhookSecret, at, headers, body }) },
      };
    },
    [Symbol.asyncDispose]: () => server.stop(true),
  };
  return coinbase;
}

/** Hook0's signature, made from its documentation: `{t}.{names}.{values}.{body}`. */
export function sign(delivery: {
  secret: string;
  at: number;
  headers: Record<string, string>;
  body: string;
}): {
  'x-hook0-signature': string;
} {
  const { secret, at, headers, body } = delivery;
  const names = Object.keys(headers).join(' ');
  const signed = [String(at), names, Object.values(headers).join('.'), body].join('.');
  const code = createHmac('sha256', secret).update(signed).digest('hex');
  return { 'x-hook0-signature': `t=${at},h=${names},v1=${code}` };
}

const payPage = '<form method="post"><button>Pay with pretended money</button></form>';

function makeKey() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const { d = '', x = '' } = privateKey.export({ format: 'jwk' });
  const bytes = Buffer.concat([Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')]);
  const name = `organizations/${randomUUID()}/apiKeys/${randomUUID()}`;
  return { name, publicKey, secret: bytes.toString('base64') };
}
