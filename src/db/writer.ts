import type { OpenDatabase } from './open.ts';
import { createLogSync } from './log-sync.ts';
import { createRetries } from './retries.ts';
import { prepareTransaction } from './transaction.ts';
import { CommitFailed, WriterClosed } from './write-errors.ts';

/** Refuses, by type, work that answers a promise: it would go on after its transaction has ended. */
export type Sync<T> = T extends PromiseLike<unknown> ? never : T;

/**
 * What a write waits for. `disk`: it survives a power cut. `commit`: it survives the end of the process, however
 * that comes, and is on disk a moment later; for what may be done again where the power goes.
 */
export type Awaited = 'disk' | 'commit';

/** The only way to write. */
export interface Writer {
  /**
   * Runs `work` in a transaction and resolves once it is on disk. Work that throws is rolled back alone.
   * @throws whatever `work` threw; CommitFailed; WriterClosed after `close`
   */
  write<T>(work: () => Sync<T>, awaited?: Awaited): Promise<Sync<T>>;
  /**
   * Like `write`, for what has happened already and must be written down: while the disk takes nothing, it is
   * tried again every second. `work` runs anew each time.
   * @throws whatever `work` threw; CommitFailed after `stopRetrying`; WriterClosed after `close`
   */
  persist<T>(work: () => Sync<T>, awaited?: Awaited): Promise<Sync<T>>;
  /**
   * Resolves once all that a read can see now is on disk; undefined where it is already. What a client is told
   * must wait for it, or a power cut could make it untrue.
   */
  onDisk(): Promise<void> | undefined;
  /** The appliance stops: `persist` tries once more and no longer waits. The next start finds what is missing. */
  stopRetrying(): void;
  /** Refuses every later write, and resolves when nothing is on its way to the disk. Then the connection may be closed. */
  close(): Promise<void>;
}

/** Writes that share one commit at most, so that a burst can't hold up the event loop. */
const groupMax = 512;

interface Pending {
  awaited: Awaited;
  /** Runs inside the transaction; answers what to do once it is where it is awaited. */
  attempt: () => Settle;
  reject: (error: unknown) => void;
}

type Settle = () => void;

/**
 * Group commit: the writes that arrive in one turn of the event loop run one after another, each in a savepoint, and
 * share one commit and one sync. The sync is off the event loop. What arrives meanwhile waits for its end, because it
 * could not be on disk sooner, and shares the next one.
 * @param options.onBroken a sync failed. What the disk holds is unknown then, and asking again would not tell
 *   (Rebello et al.: Can Applications Recover from fsync Failures?, 2020): the process must end and start
 *   anew, which it does where the error is thrown to nobody.
 */
export function createWriter(
  { connection, syncLog }: Pick<OpenDatabase, 'connection' | 'syncLog'>,
  { onBroken = rethrow }: { onBroken?: (error: unknown) => void } = {},
): Writer {
  const transaction = prepareTransaction(connection);
  const log = createLogSync(syncLog, (error) => {
    isClosed = true;
    onBroken(error);
  });
  let waiting: Pending[] = [];
  let isClosed = false;

  const flush = () => {
    const group = waiting.slice(0, groupMax);
    waiting = waiting.slice(groupMax);
    if (group.length === 0) return;
    if (waiting.length > 0) setImmediate(flushSoon);
    try {
      transaction.begin();
      const settle = group.map((pending) => pending.attempt());
      transaction.commit();
      log.begin();
      for (const [index, { awaited, reject }] of group.entries()) {
        const answer = settle[index] ?? (() => {});
        if (awaited === 'disk') log.wait({ answer, reject });
        else answer();
      }
    } catch (error) {
      for (const pending of group) pending.reject(new CommitFailed(error));
      transaction.abort();
    }
  };
  const flushSoon = () => log.whenIdle(flush);
  const write = <T>(work: () => Sync<T>, awaited: Awaited = 'disk'): Promise<Sync<T>> =>
    new Promise((resolve, reject) => {
      if (isClosed) throw new WriterClosed();
      const attempt = (): Settle => {
        const outcome = transaction.runAlone(work);
        return () => ('value' in outcome ? resolve(outcome.value) : reject(outcome.error));
      };
      if (waiting.push({ awaited, attempt, reject }) === 1) setImmediate(flushSoon);
    });
  return {
    write,
    ...createRetries(write),
    onDisk: () => log.onDisk(),
    async close() {
      isClosed = true;
      while (waiting.length > 0) await new Promise<void>((resolve) => log.whenIdle(() => resolve(flush())));
      await log.onDisk();
    },
  };
}

function rethrow(error: unknown): never {
  throw error;
}
