import { CommitFailed } from './write-errors.ts';

interface Waiter {
  answer: () => void;
  reject: (error: unknown) => void;
}

/** Brings commits onto the disk, many with one sync, and tells those who wait for it. */
export interface LogSync {
  /** Something was committed. A sync that covers it begins now, or as soon as the one under way has ended. */
  changed(): void;
  /** Waits for the sync that covers all that is committed now. Called after `changed`. */
  wait(waiter: Waiter): void;
  /** Like `wait`; undefined where nothing is on its way. */
  onDisk(): Promise<void> | undefined;
}

/**
 * @param sync resolves when all that was committed before the call is on disk
 * @param onFailed called once; whoever waits, then or later, hears CommitFailed, and no sync is tried again
 */
export function createLogSync(sync: () => Promise<void>, onFailed: (error: CommitFailed) => void): LogSync {
  /** Covered by the sync that is under way; undefined where none is. */
  let covered: Waiter[] | undefined;
  /** Committed since it began. */
  let next: Waiter[] = [];
  let isBehind = false;
  let failure: CommitFailed | undefined;

  const begin = () => {
    covered = next;
    next = [];
    isBehind = false;
    sync().then(end, fail);
  };
  const end = () => {
    const done = covered ?? [];
    covered = undefined;
    if (isBehind) begin();
    for (const { answer } of done) answer();
  };
  const fail = (cause: unknown) => {
    const error = new CommitFailed(cause);
    failure = error;
    for (const { reject } of [...(covered ?? []), ...next]) reject(error);
    onFailed(error);
  };
  const wait = (waiter: Waiter) => {
    if (failure) waiter.reject(failure);
    else if (isBehind || !covered) next.push(waiter);
    else covered.push(waiter);
  };
  return {
    wait,
    changed() {
      if (failure) return;
      isBehind = true;
      if (!covered) begin();
    },
    onDisk() {
      if (!covered && !failure) return undefined;
      return new Promise((answer, reject) => wait({ answer, reject }));
    },
  };
}
