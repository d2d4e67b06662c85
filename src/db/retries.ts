import { CommitFailed } from './write-errors.ts';
import type { Writer } from './writer.ts';

const retryMs = 1000;

/** Repeats writes that found the disk full, until they are kept or the appliance stops. */
export function createRetries(write: Writer['write']): Pick<Writer, 'persist' | 'stopRetrying'> {
  let isStopping = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let waiting: (() => void)[] = [];

  const retryNow = () => {
    clearTimeout(timer);
    timer = undefined;
    const retries = waiting;
    waiting = [];
    for (const retry of retries) retry();
  };
  /** Those that fail together are tried again together, in one group. */
  const pause = () =>
    new Promise<void>((resolve) => {
      waiting.push(resolve);
      if (!isStopping) timer ??= setTimeout(retryNow, retryMs);
      else retryNow();
    });
  return {
    async persist(work, awaited) {
      for (;;) {
        const isLastTry = isStopping;
        try {
          return await write(work, awaited);
        } catch (error) {
          if (isLastTry || !(error instanceof CommitFailed)) throw error;
        }
        await pause();
      }
    },
    stopRetrying() {
      isStopping = true;
      retryNow();
    },
  };
}
