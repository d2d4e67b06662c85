import type { Log } from '../../log.ts';
import type { MailText } from './code-mail.ts';

export interface Mail extends MailText {
  /** Names it in the log. */
  id: string;
  to: string;
}

/** A mail could not be handed to the mail server. Its message never holds the mail's text. */
export class MailNotSent extends Error {
  constructor(
    message: string,
    /** Whether it may work a little later. */
    readonly isTemporary: boolean,
    cause: unknown,
  ) {
    super(message, { cause });
    this.name = 'MailNotSent';
  }
}

/** Sends mails in the background, whatever the mail server does. In memory: an end of the process loses them. */
export interface Outbox {
  send(mail: Mail): void;
  /** Sends no more; resolves when those that are being sent are out, or after `stopMsMax`. */
  stop(): Promise<void>;
}

const atOnceMax = 3;
const waitingMax = 500;
const stopMsMax = 2000;
/** After each failure that may pass; a code is good for ten minutes. */
const pausesMs = [5000, 30_000, 60_000];

/** @param options.deliver @throws MailNotSent */
export function createOutbox(options: {
  deliver: (mail: Mail) => Promise<void>;
  log: Log;
  pausesMs?: readonly number[];
}): Outbox {
  const { deliver, log } = options;
  const pauses = options.pausesMs ?? pausesMs;
  const underWay = new Set<Promise<void>>();
  const timers = new Set<Timer>();
  let waiting: { mail: Mail; failures: number }[] = [];
  let isStopped = false;

  const again = (mail: Mail, failures: number, pauseMs: number) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      enqueue(mail, failures);
    }, pauseMs);
    timers.add(timer);
  };
  const attempt = async (mail: Mail, failures: number) => {
    try {
      await deliver(mail);
    } catch (error) {
      const pauseMs = error instanceof MailNotSent && error.isTemporary ? pauses[failures] : undefined;
      const isGivenUp = pauseMs === undefined || isStopped;
      log.warn('a mail was not sent', { mailId: mail.id, isGivenUp, error });
      if (!isGivenUp) again(mail, failures + 1, pauseMs);
    }
  };
  const pump = () => {
    while (underWay.size < atOnceMax) {
      const next = waiting.shift();
      if (!next) return;
      const attempted = attempt(next.mail, next.failures).finally(() => {
        underWay.delete(attempted);
        pump();
      });
      underWay.add(attempted);
    }
  };
  const enqueue = (mail: Mail, failures: number) => {
    if (waiting.length >= waitingMax || isStopped) {
      log.warn('a mail was not sent: too many wait, or the appliance stops', { mailId: mail.id });
      return;
    }
    waiting.push({ mail, failures });
    pump();
  };
  return {
    send: (mail) => enqueue(mail, 0),
    async stop() {
      isStopped = true;
      for (const { mail } of waiting)
        log.warn('a mail was not sent: the appliance stops', { mailId: mail.id });
      waiting = [];
      for (const timer of timers) clearTimeout(timer);
      await Promise.race([Promise.all(underWay), Bun.sleep(stopMsMax)]);
    },
  };
}
