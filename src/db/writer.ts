import type { Connection } from './open.ts';

/** Refuses, by type, work that answers a promise: it would go on after its transaction has ended. */
export type Sync<T> = T extends PromiseLike<unknown> ? never : T;

/** The disk is full or the database went away: nothing of the group was kept. */
export class CommitFailed extends Error {
  readonly isDiskFull: boolean;

  constructor(cause: unknown) {
    const isDiskFull = codeOf(cause) === 'SQLITE_FULL';
    const reason = isDiskFull ? 'the disk is full; free some space' : describe(cause);
    super(`The database could not be written: ${reason}.`, { cause });
    this.name = 'CommitFailed';
    this.isDiskFull = isDiskFull;
  }
}

/** The appliance stops, and its database is closed or about to be. */
export class WriterClosed extends Error {
  constructor() {
    super('Nothing is written any more: the appliance is stopping.');
    this.name = 'WriterClosed';
  }
}

/** The only way to write. */
export interface Writer {
  /**
   * Runs `work` in a transaction and resolves once it is on disk. Work that throws is rolled back alone.
   * @throws whatever `work` threw; CommitFailed; WriterClosed after `close`
   */
  write<T>(work: () => Sync<T>): Promise<Sync<T>>;
  /**
   * Like `write`, for what has happened already and must be written down: while the disk takes nothing, it is
   * tried again every second. `work` runs anew each time.
   * @throws whatever `work` threw; CommitFailed after `stopRetrying`; WriterClosed after `close`
   */
  persist<T>(work: () => Sync<T>): Promise<Sync<T>>;
  /** The appliance stops: `persist` tries once more and no longer waits. The next start finds what is missing. */
  stopRetrying(): void;
  /** Refuses every later write. Called before the connection is closed. */
  close(): void;
}

/** Writes that share one commit at most, so that a burst can't hold up the event loop. */
const groupMax = 512;
const retryMs = 1000;

interface Pending {
  /** Runs inside the transaction; answers what to do once it is (or isn't) on disk. */
  attempt: () => Settle;
  reject: (error: unknown) => void;
}

type Settle = () => void;

/**
 * Group commit: the writes that arrive in one turn of the event loop run one after another, each in a
 * savepoint, and share one commit and one fsync. None is answered before that fsync.
 */
export function createWriter(connection: Connection): Writer {
  const transaction = prepareTransaction(connection);
  let waiting: Pending[] = [];
  let isClosed = false;

  const flush = () => {
    const group = waiting.slice(0, groupMax);
    waiting = waiting.slice(groupMax);
    if (waiting.length > 0) setImmediate(flush);
    try {
      transaction.begin();
      const settle = group.map((pending) => pending.attempt());
      transaction.commit();
      for (const answer of settle) answer();
    } catch (error) {
      for (const pending of group) pending.reject(new CommitFailed(error));
      transaction.abort();
    }
  };
  const write = <T>(work: () => Sync<T>): Promise<Sync<T>> =>
    new Promise((resolve, reject) => {
      if (isClosed) throw new WriterClosed();
      const attempt = (): Settle => {
        const outcome = transaction.runAlone(work);
        return () => ('value' in outcome ? resolve(outcome.value) : reject(outcome.error));
      };
      if (waiting.push({ attempt, reject }) === 1) setImmediate(flush);
    });
  return {
    write,
    ...createRetries(write),
    close() {
      isClosed = true;
    },
  };
}

function createRetries(write: Writer['write']): Pick<Writer, 'persist' | 'stopRetrying'> {
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
    async persist(work) {
      for (;;) {
        const isLastTry = isStopping;
        try {
          return await write(work);
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

type Outcome<T> = { value: T } | { error: unknown };

function prepareTransaction(connection: Connection) {
  const begin = connection.prepare('BEGIN IMMEDIATE');
  const commit = connection.prepare('COMMIT');
  const rollback = connection.prepare('ROLLBACK');
  const savepoint = connection.prepare('SAVEPOINT work');
  const release = connection.prepare('RELEASE work');
  const rollbackTo = connection.prepare('ROLLBACK TO work');
  return {
    begin: () => begin.run(),
    commit: () => commit.run(),
    /** Undoes what was not committed: reads on this connection would see it. */
    abort() {
      if (connection.inTransaction) rollback.run();
    },
    /** Runs one piece of work, undone alone where it throws. @throws what makes the whole group fail */
    runAlone<T>(work: () => T): Outcome<T> {
      savepoint.run();
      try {
        const value = work();
        release.run();
        return { value };
      } catch (error) {
        // A full disk or a lost file is nobody's own mistake, and may have undone the whole transaction.
        if (!connection.inTransaction || /^SQLITE_(FULL|IOERR)/.test(codeOf(error))) throw error;
        rollbackTo.run();
        release.run();
        return { error };
      }
    },
  };
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
