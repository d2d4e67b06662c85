import { exitCodes, Interrupted } from './failure.ts';

/** Ctrl-C and SIGTERM. They end the program at once, until a command heeds them. */
export interface Interruption {
  /** Aborted by {@link Interrupted}. */
  readonly signal: AbortSignal;
  /** From now on the first one only aborts the signal; another ends the program. */
  heed(): void;
  /** The next one is the first again. */
  renew(): void;
}

export function createInterruption(program: Pick<NodeJS.Process, 'on' | 'exit'>): Interruption {
  let controller = new AbortController();
  let isHeeded = false;
  const interrupt = () => {
    if (!isHeeded || controller.signal.aborted) program.exit(exitCodes.interrupted);
    controller.abort(new Interrupted());
  };
  program.on('SIGINT', interrupt);
  program.on('SIGTERM', interrupt);
  return {
    get signal() {
      return controller.signal;
    },
    heed() {
      isHeeded = true;
    },
    renew() {
      controller = new AbortController();
    },
  };
}

/** @throws the signal's reason */
export async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const stop = () => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  const timer = setTimeout(resolve, milliseconds);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}
