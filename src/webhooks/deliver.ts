import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Writer } from '../db/writer.ts';
import type { Log } from '../log.ts';
import { signWebhook } from './sign.ts';
import type { WebhookStore } from './store.ts';
import type { WebhookDelivery } from './tables.ts';

/** Sends one request and answers its status. @throws when it could not be sent, or isn't allowed to */
export type Post = (
  url: string,
  request: { headers: Record<string, string>; body: string },
) => Promise<number>;

/** Pauses after each failed attempt; the last one repeats until `retryHours` are over. */
const pausesSeconds = [5, 30, 120, 600, 1800, 3600, 7200];
const atOnceMax = 8;
const idleMs = 60_000;
/** Long enough to look into a delivery that went wrong. */
const keptDays = 30;

/** Sends the outbox: what is due, `atOnceMax` at a time, in a loop that survives anything a receiver does. */
export interface WebhookSender {
  /** Puts a message into the outbox. Called inside `Writer.write`; `wake` afterwards. */
  enqueue(message: { accountId: string; url: string; body: string }): void;
  wake(): void;
  /** Drops what was delivered or given up long ago. Called inside `Writer.write`. */
  forgetOld(): void;
  stop(): Promise<void>;
}

export function createWebhookSender(options: {
  store: WebhookStore;
  writer: Writer;
  clock: Clock;
  log: Log;
  post: Post;
  secretOf: (accountId: string) => string;
  retryHours: number;
}): WebhookSender {
  const { store, clock, log } = options;
  let stopped = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let round: Promise<void> | undefined;

  const sendDue = async () => {
    for (;;) {
      const due = store.due(clock(), atOnceMax);
      if (stopped || due.length === 0) return;
      await Promise.all(due.map((delivery) => attempt(options, delivery)));
    }
  };
  const wake = () => {
    if (stopped || round) return;
    clearTimeout(timer);
    round = sendDue()
      .catch((error) => log.error('webhook round failed', { error }))
      .finally(() => {
        round = undefined;
        if (stopped) return;
        const pause = (store.nextDueAt() ?? Number.POSITIVE_INFINITY) - clock();
        timer = setTimeout(wake, Math.min(idleMs, Math.max(100, pause)));
      });
  };
  return {
    wake,
    enqueue({ accountId, url, body }) {
      const now = clock();
      const settled = { attempts: 0, deliveredAt: null, abandonedAt: null, lastError: null };
      const id = `msg_${randomBytes(12).toString('hex')}`;
      store.insert({ id, accountId, url, body, createdAt: now, nextAttemptAt: now, ...settled });
    },
    forgetOld() {
      store.deleteSettledBefore(clock() - keptDays * 24 * 3_600_000);
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await round;
    },
  };
}

async function attempt(
  options: Parameters<typeof createWebhookSender>[0],
  delivery: WebhookDelivery,
): Promise<void> {
  const { store, writer, clock } = options;
  const { id, body, accountId } = delivery;
  const timestampSeconds = Math.floor(clock() / 1000);
  const signature = signWebhook({ id, timestampSeconds, body, secret: options.secretOf(accountId) });
  const failure = await options
    .post(delivery.url, { headers: { 'content-type': 'application/json', ...signature }, body })
    .then((status) => (status >= 200 && status < 300 ? null : `the receiver answered ${status}`))
    .catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
  const now = clock();
  const attempts = delivery.attempts + 1;
  if (failure === null) {
    await writer.write(() =>
      store.update(id, { attempts, deliveredAt: now, nextAttemptAt: null, lastError: null }),
    );
    return;
  }
  const pauseSeconds = pausesSeconds[Math.min(attempts, pausesSeconds.length) - 1] ?? 0;
  const nextAttemptAt = now + pauseSeconds * 1000;
  const isOver = nextAttemptAt > delivery.createdAt + options.retryHours * 3_600_000;
  options.log.warn('webhook not delivered', { deliveryId: id, attempts, failure, givenUp: isOver });
  const changes = isOver ? { nextAttemptAt: null, abandonedAt: now } : { nextAttemptAt };
  await writer.write(() => store.update(id, { attempts, lastError: failure, ...changes }));
}
