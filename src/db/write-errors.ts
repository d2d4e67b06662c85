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

/** SQLite's name of an error; empty for any other. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
