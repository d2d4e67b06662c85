import { CommitFailed } from './write-errors.ts';

interface Waiter {
  answer: () => void;
  reject: (error: unknown) => void;
}

/** Brings commits onto the disk, one sync at a time, and tells those who wait for it. */
export interface LogSync {
  /** Begins a sync that covers all that is committed now. Called while none is under way. */
  begin(): void;
  /** Waits for the sync under way. */
  wait(waiter: Waiter): void;
  /** Like `wait`; undefined where none is under way. */
  onDisk(): Promise<void> | undefined;
  /** Calls `work` once no sync is under way; at once where none is. */
  whenIdle(work: () => void): void;
}

/**
 * @param sync resolves when all that was committed before the call is on disk
 * @param onFailed called once; whoever waits, then or later, hears CommitFailed, and no sync is tried again
 */
export function createLogSync(sync: () => Promise<void>, onFailed: (error: CommitFailed) => void): LogSync {
  /** Who waits for the sync under way; undefined where none is. */
  let waiters: Waiter[] | undefined;
  let idle: (() => void)[] = [];
  let failure: CommitFailed | undefined;

  const end = (tell: (waiter: Waiter) => void) => {
    const told = waiters ?? [];
    const next = idle;
    waiters = undefined;
    idle = [];
    for (const waiter of told) tell(waiter);
    for (const work of next) work();
  };
  const fail = (cause: unknown) => {
    const error = new CommitFailed(cause);
    failure = error;
    onFailed(error);
    end(({ reject }) => reject(error));
  };
  const wait = (waiter: Waiter) => {
    if (failure) waiter.reject(failure);
    else if (waiters) waiters.push(waiter);
    else waiter.answer();
  };
  return {
    wait,
    begin() {
      if (failure) return;
      waiters = [];
      sync().then(() => end(({ answer }) => answer()), fail);
    },
    onDisk() {
      if (!waiters && !failure) return undefined;
      return new Promise((answer, reject) => wait({ answer, reject }));
    },
    whenIdle(work) {
      if (waiters) idle.push(work);
      else work();
    },
  };
}
