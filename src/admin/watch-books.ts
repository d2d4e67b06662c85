import { createBooksCheck } from './check-books.ts';
import { LedgerBroken } from '../ledger/invariants.ts';
import type { Log } from '../log.ts';

/** The whole ledger, which may be too large to be checked before the appliance listens. */
export interface Books {
  /** @throws LedgerBroken, BooksUnreadable */
  check: () => Promise<void>;
  /** Begins a check. Whatever comes of it, the appliance goes on: what is wrong already doesn't grow worse by it. */
  begin(): void;
  /** What it found, for the operator; null where nothing is wrong, or nothing is known yet. */
  problem: () => string | null;
}

export function createBooks({ databasePath, log }: { databasePath: string; log: Log }): Books {
  const check = createBooksCheck(databasePath);
  let found: string | null = null;
  return {
    check,
    begin() {
      check().then(
        () => log.info('the books add up'),
        (error: unknown) => {
          log.error('the books do not add up', { error });
          found =
            error instanceof LedgerBroken
              ? 'The ledger is broken: see the log, and ./scripts/check-ledger.'
              : 'The ledger could not be checked: see the log.';
        },
      );
    },
    problem: () => found,
  };
}
