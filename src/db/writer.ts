import type { Connection } from './open.ts';

/** Refuses, by type, work that answers a promise: it would go on after its transaction has ended. */
export type Sync<T> = T extends PromiseLike<unknown> ? never : T;

/** The database went away or the disk is full: nothing of the group was kept. */
export class CommitFailed extends Error {
  constructor(cause: unknown) {
    super('The transaction could not be committed.', { cause });
    this.name = 'CommitFailed';
  }
}

/** The only way to write. */
export interface Writer {
  /**
   * Runs `work` in a transaction and resolves once it is on disk. Work that throws is rolled back alone.
   * @throws whatever `work` threw; CommitFailed
   */
  write<T>(work: () => Sync<T>): Promise<Sync<T>>;
}

/** Writes that share one commit at most, so that a burst can't hold up the event loop. */
const groupMax = 512;

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
  const begin = connection.prepare('BEGIN IMMEDIATE');
  const commit = connection.prepare('COMMIT');
  const savepoint = connection.prepare('SAVEPOINT work');
  const release = connection.prepare('RELEASE work');
  const rollbackTo = connection.prepare('ROLLBACK TO work');
  let waiting: Pending[] = [];

  const flush = () => {
    const group = waiting.slice(0, groupMax);
    waiting = waiting.slice(groupMax);
    if (waiting.length > 0) setImmediate(flush);
    try {
      begin.run();
      const settle = group.map((pending) => pending.attempt());
      commit.run();
      for (const answer of settle) answer();
    } catch (error) {
      if (connection.inTransaction) connection.prepare('ROLLBACK').run();
      for (const pending of group) pending.reject(new CommitFailed(error));
    }
  };

  return {
    write<T>(work: () => Sync<T>): Promise<Sync<T>> {
      return new Promise((resolve, reject) => {
        const attempt = (): Settle => {
          savepoint.run();
          try {
            const value = work();
            release.run();
            return () => resolve(value);
          } catch (error) {
            // A full disk or a lost file has already undone the whole transaction: the group fails together.
            if (!connection.inTransaction) throw error;
            rollbackTo.run();
            release.run();
            return () => reject(error);
          }
        };
        if (waiting.push({ attempt, reject }) === 1) setImmediate(flush);
      });
    },
  };
}
