import {
  createStripeAccount,
  type FakeEvent,
  type NewSession,
  type StripeAccount,
} from './stripe-account.ts';
import { answerPage } from './stripe-pages.ts';

/** What the API was asked. */
interface Asked {
  method: string;
  path: string;
  idempotencyKey: string | null;
}

interface ApiAnswer {
  status: number;
  body: object;
}

/** Stands in for an answer; `real` does what would have been done, and answers it. */
export type StripeFault = (real: () => Response, asked: Asked) => Response | Promise<Response>;

/** Stripe's API on loopback, with one account. */
export interface StripeServer extends AsyncDisposable {
  origin: string;
  secretKey: string;
  webhookSecret: string;
  account: StripeAccount;
  asked: Asked[];
  fault: StripeFault | undefined;
  /** A delivery as Stripe makes it. @param how.at epoch milliseconds of the signature */
  sign(
    event: object,
    how?: { at?: number; secret?: string },
  ): { body: string; headers: Record<string, string> };
}

interface StripeServerOptions {
  port?: number;
  /** Epoch milliseconds. */
  now?: () => number;
  /** Where events are delivered by themselves, several times where that fails. */
  webhookUrl?: string;
}

const secretKey = 'sk_test_local';
const webhookSecret = 'whsec_local';

export function startStripeServer(options: StripeServerOptions = {}): StripeServer {
  const { now = Date.now, port = 0, webhookUrl } = options;
  const account = createStripeAccount({ origin: () => stripe.origin, now });
  const answers = new Map<string, { body: string; answer: ApiAnswer }>();
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port,
    async fetch(request) {
      const url = new URL(request.url);
      const body = await request.text();
      const page = answerPage(account, { method: request.method, path: url.pathname });
      if (page) return page;
      if (request.headers.get('authorization') !== `Bearer ${secretKey}`)
        return respond(refuse(401, 'invalid_request_error', 'Invalid API Key provided'));
      const idempotencyKey = request.headers.get('idempotency-key');
      const asked = { method: request.method, path: url.pathname, idempotencyKey };
      stripe.asked.push(asked);
      const work = () => answerApi(account, asked, url, body);
      const real = () => respond(once(answers, { key: idempotencyKey, body }, work));
      return stripe.fault ? stripe.fault(real, asked) : real();
    },
  });
  const stripe: StripeServer = {
    origin: server.url.origin,
    ...{ secretKey, webhookSecret, account, asked: [], fault: undefined },
    sign: (event, { at = now(), secret = webhookSecret } = {}) => signEvent(event, { at, secret }),
    [Symbol.asyncDispose]: () => server.stop(true),
  };
  if (webhookUrl !== undefined) account.listen((event) => void deliver(stripe, event, webhookUrl));
  return stripe;
}

/** The first answer under a key is that of every repetition; another request under it is refused. */
function once(
  answers: Map<string, { body: string; answer: ApiAnswer }>,
  { key, body }: { key: string | null; body: string },
  work: () => ApiAnswer,
): ApiAnswer {
  if (key === null) return work();
  const known = answers.get(key);
  if (known && known.body !== body) {
    const message = 'Keys for idempotent requests can only be used with the same parameters.';
    return refuse(400, 'idempotency_error', message);
  }
  const { answer } = known ?? { answer: work() };
  if (answer.status < 500) answers.set(key, { body, answer });
  return answer;
}

function answerApi(account: StripeAccount, { method, path }: Asked, url: URL, body: string): ApiAnswer {
  const [, , ...parts] = path.split('/');
  const route = `${method} ${parts.slice(0, 2).join('/')}`;
  try {
    if (route === 'POST checkout/sessions')
      return ok(
        parts[3] === 'expire'
          ? account.expire(parts[2] ?? '')
          : account.createSession(readSession(new URLSearchParams(body))),
      );
    if (route === 'GET checkout/sessions' && parts[2] !== undefined) return getSession(account, parts[2]);
    return list(account, parts.join('/'), url.searchParams);
  } catch (error) {
    return refuse(400, 'invalid_request_error', error instanceof Error ? error.message : String(error));
  }
}

/** With its payment in it, which all of our requests ask for. */
function getSession({ sessions, intents }: StripeAccount, id: string): ApiAnswer {
  const session = sessions.get(id);
  if (!session) return refuse(404, 'invalid_request_error', `No such checkout.session: '${id}'`);
  return ok({ ...session, payment_intent: intents.get(session.payment_intent ?? '') ?? null });
}

function readSession(form: URLSearchParams): NewSession {
  const needed = (name: string) => {
    const value = form.get(name);
    if (value === null) throw new Error(`Missing required param: ${name}.`);
    return value;
  };
  const metadata = (prefix: string) =>
    Object.fromEntries(
      [...form]
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, value]) => [name.slice(prefix.length, -1), value]),
    );
  if (needed('mode') !== 'payment') throw new Error('Only payments are known here.');
  const amount = Number(needed('line_items[0][price_data][unit_amount]'));
  if (amount < 50) throw new Error('The Checkout Session total amount must be at least $0.50 usd.');
  return {
    amount: amount * Number(needed('line_items[0][quantity]')),
    currency: needed('line_items[0][price_data][currency]'),
    accountReference: form.get('client_reference_id'),
    metadata: metadata('metadata['),
    intentMetadata: metadata('payment_intent_data[metadata]['),
    ...{ successUrl: needed('success_url'), cancelUrl: form.get('cancel_url') },
  };
}

interface Listed {
  id: string;
  created: number;
  payment_intent?: string | null;
  type?: string;
}

/** Newest first, in pages. */
function list(account: StripeAccount, name: string, query: URLSearchParams): ApiAnswer {
  const { sessions, refunds, disputes, events } = account;
  const lists: Record<string, readonly Listed[]> = {
    ...{ 'checkout/sessions': [...sessions.values()], refunds: [...refunds.values()] },
    ...{ disputes: [...disputes.values()], events },
  };
  const all = lists[name];
  if (!all) return refuse(404, 'invalid_request_error', `Unrecognized request URL (${name}).`);
  const intent = query.get('payment_intent');
  const since = Number(query.get('created[gte]') ?? 0);
  const types = [...query].filter(([key]) => key.startsWith('types[')).map(([, type]) => type);
  const fits = (thing: Listed) =>
    (intent === null || thing.payment_intent === intent) &&
    thing.created >= since &&
    (types.length === 0 || types.includes(thing.type ?? ''));
  const found = all.filter(fits).toReversed();
  const start = found.findIndex(({ id }) => id === query.get('starting_after')) + 1;
  const data = found.slice(start, start + Number(query.get('limit') ?? 10));
  return ok({
    object: 'list',
    data,
    has_more: start + data.length < found.length,
    url: `/v1/${name}`,
  });
}

function ok(body: object): ApiAnswer {
  return { status: 200, body };
}

function refuse(status: number, type: string, message: string): ApiAnswer {
  return { status, body: { error: { type, message } } };
}

function respond({ status, body }: ApiAnswer): Response {
  return Response.json(body, { status });
}

function signEvent(event: object, { at, secret }: { at: number; secret: string }) {
  const body = JSON.stringify(event);
  const seconds = Math.floor(at / 1000);
  const signature = new Bun.CryptoHasher('sha256', secret).update(`${seconds}.${body}`).digest('hex');
  const headers = { 'content-type': 'application/json', 'stripe-signature': `t=${seconds},v1=${signature}` };
  return { body, headers };
}

async function deliver(stripe: StripeServer, event: FakeEvent, webhookUrl: string): Promise<void> {
  for (let tries = 0; tries < 5; tries++) {
    const delivery = stripe.sign(event);
    const answer = await fetch(webhookUrl, { method: 'POST', ...delivery }).catch(() => null);
    console.error(`${event.type} → ${webhookUrl}: ${answer?.status ?? 'not reached'}`);
    if (answer?.ok) return;
    await Bun.sleep(2 ** tries * 1000);
  }
}
