import { randomBytes } from 'node:crypto';
import { type Clock, hourMs } from '../clock.ts';
import type { Writer } from '../db/writer.ts';
import type { Log } from '../log.ts';
import { signWebhook } from './sign.ts';
import type { WebhookStore } from './store.ts';
import type { WebhookDelivery } from './tables.ts';

/** Sends one request and answers its status. @throws when it could not be sent, or isn't allowed to */
export type Post = (
  url: string,
  request: { headers: Record<string, string>; body: string; signal: AbortSignal },
) => Promise<number>;

/** Pauses after each failed attempt; the last one repeats until all of them together are `retryHours`. */
const pausesSeconds = [5, 30, 120, 600, 1800, 3600, 7200];
const atOnceMax = 16;
/** A receiver that hangs holds up its own account alone. */
const atOncePerAccountMax = 4;
const idleMs = 60_000;
const pauseMsMin = 1000;
const pauseMsMax = Math.max(...pausesSeconds) * 1000;
/** Long enough to look into a delivery that went wrong. */
const keptDays = 30;

/** Sends the outbox: what is due, longest due first, whatever the receivers do. */
export interface WebhookSender {
  /** Puts a message into the outbox. Called inside `Writer.write`; `wake` afterwards. */
  enqueue(message: { accountId: string; url: string; body: string }): void;
  wake(): void;
  /** Drops what was delivered or given up long ago. Called inside `Writer.write`. */
  forgetOld(now: number): void;
  stop(): Promise<void>;
}

export interface WebhookSenderOptions {
  store: WebhookStore;
  writer: Writer;
  clock: Clock;
  log: Log;
  post: Post;
  secretOf: (accountId: string) => string;
  retryHours: number;
}

export function createWebhookSender(options: WebhookSenderOptions): WebhookSender {
  const { store, clock } = options;
  return {
    ...createSendLoop(options),
    enqueue({ accountId, url, body }) {
      const now = clock();
      const settled = { attempts: 0, deliveredAt: null, abandonedAt: null, lastError: null };
      const id = `msg_${randomBytes(12).toString('hex')}`;
      store.insert({ id, accountId, url, body, createdAt: now, nextAttemptAt: now, ...settled });
    },
    forgetOld(now) {
      store.deleteSettledBefore(now - keptDays * 24 * hourMs);
    },
  };
}

/** Has as many attempts under way as it may, and looks for more whenever one ends, is due, or `wake` is called. */
function createSendLoop(options: WebhookSenderOptions): Pick<WebhookSender, 'wake' | 'stop'> {
  const { store, clock, log } = options;
  const underWay = new Map<string, { accountId: string; done: Promise<void> }>();
  const stopping = new AbortController();
  let stopped = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const start = (delivery: WebhookDelivery) => {
    const { id, accountId } = delivery;
    const done = attempt(options, delivery, stopping.signal).then(
      () => {
        underWay.delete(id);
        wake();
      },
      (error) => {
        // Not tried again at once: it was the appliance that broke, and the timer is running.
        underWay.delete(id);
        log.error('webhook attempt broke', { deliveryId: id, error });
      },
    );
    underWay.set(id, { accountId, done });
  };
  const startDue = () => {
    while (underWay.size < atOnceMax) {
      const accounts = [...underWay.values()].map(({ accountId }) => accountId);
      const isBusy = (id: string) => accounts.filter((other) => other === id).length >= atOncePerAccountMax;
      const except = { exceptIds: [...underWay.keys()], exceptAccountIds: accounts.filter(isBusy) };
      const now = clock();
      const delivery = store.firstDue({ now, ...except, latest: now + pauseMsMax });
      if (!delivery) return;
      start(delivery);
    }
  };
  const wake = () => {
    if (stopped) return;
    clearTimeout(timer);
    let pauseMs = idleMs;
    try {
      startDue();
      const next = store.firstDueAt([...underWay.keys()]);
      if (next !== null) pauseMs = Math.min(idleMs, Math.max(pauseMsMin, next - clock()));
    } catch (error) {
      log.error('webhooks could not be read', { error });
    }
    timer = setTimeout(wake, pauseMs);
  };
  return {
    wake,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      stopping.abort();
      await Promise.all([...underWay.values()].map(({ done }) => done));
    },
  };
}

/** One attempt. What `signal` ends is as if it had never begun: the next start finds the delivery due. */
async function attempt(
  options: WebhookSenderOptions,
  delivery: WebhookDelivery,
  signal: AbortSignal,
): Promise<void> {
  const { store, writer, clock } = options;
  const { id, body, accountId } = delivery;
  const timestampSeconds = Math.floor(clock() / 1000);
  const signature = signWebhook({ id, timestampSeconds, body, secret: options.secretOf(accountId) });
  const failure = await options
    .post(delivery.url, { headers: { 'content-type': 'application/json', ...signature }, body, signal })
    .then((status) => (status >= 200 && status < 300 ? null : `the receiver answered ${status}`))
    .catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
  if (failure !== null && signal.aborted) return;
  const now = clock();
  const attempts = delivery.attempts + 1;
  if (failure === null) {
    await writer.persist(() =>
      store.update(id, { attempts, deliveredAt: now, nextAttemptAt: null, lastError: null }),
    );
    return;
  }
  const nextAttemptAt = now + pauseAfter(attempts) * 1000;
  // Counted and not read off the clock, which may have been set since.
  const isOver = pausesUpTo(attempts) > options.retryHours * 3600;
  options.log.warn('webhook not delivered', { deliveryId: id, attempts, failure, givenUp: isOver });
  const changes = isOver ? { nextAttemptAt: null, abandonedAt: now } : { nextAttemptAt };
  await writer.persist(() => store.update(id, { attempts, lastError: failure, ...changes }));
}

/** Seconds between the attempt with this number and the next. */
function pauseAfter(attempt: number): number {
  return pausesSeconds[Math.min(attempt, pausesSeconds.length) - 1] ?? 0;
}

/** Seconds between the first attempt and the one after this number of attempts. */
function pausesUpTo(attempts: number): number {
  let seconds = 0;
  for (let attempt = 1; attempt <= attempts; attempt++) seconds += pauseAfter(attempt);
  return seconds;
}
