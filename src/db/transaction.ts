import type { Connection } from './open.ts';
import { codeOf } from './write-errors.ts';

/** What one piece of work came to; `error` where it was undone alone. */
export type Outcome<T> = { value: T } | { error: unknown };

/** The statements of a transaction that holds many pieces of work, each of which can be undone alone. */
export function prepareTransaction(connection: Connection) {
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
