import { join } from 'node:path';
import { LedgerBroken } from '../ledger/invariants.ts';

const projectRoot = join(import.meta.dir, '../..');

/** The books could not be read; nothing is said of what they hold. */
export class BooksUnreadable extends Error {
  constructor(reason: string) {
    super(`The ledger could not be checked: ${reason}`);
    this.name = 'BooksUnreadable';
  }
}

/**
 * The check of the whole ledger, in a process and on a connection of its own: it takes as long as the ledger is
 * large, and on the appliance's own nothing else could be answered meanwhile. A reader holds up no writer.
 * @returns the check. One is under way at a time: who asks meanwhile has its answer.
 * @throws LedgerBroken, BooksUnreadable from the check
 */
export function createBooksCheck(databasePath: string): () => Promise<void> {
  let underWay: Promise<void> | undefined;
  return () =>
    (underWay ??= check(databasePath).finally(() => {
      underWay = undefined;
    }));
}

async function check(databasePath: string): Promise<void> {
  // `--no-orphans`: it ends when the appliance does, however that ends.
  const command = [process.execPath, '--no-orphans', 'run', 'src/admin/check-books-program.ts', databasePath];
  const child = Bun.spawn(command, { cwd: projectRoot, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' });
  const [output, errors] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  if (child.exitCode !== 0) throw new BooksUnreadable(errors.trim() || `it ended with ${child.exitCode}`);
  const problems: string[] = JSON.parse(output);
  if (problems.length > 0) throw new LedgerBroken(problems);
}
