import { findDamage } from '../db/check-whole.ts';
import type { Log } from '../log.ts';

/** The check of a large database for damage, which goes on while the appliance works. */
export interface WholeCheck {
  /** Whatever comes of it, the appliance goes on: most of its requests don't touch what is damaged. */
  begin(): void;
  /** What it found, for the operator; null where nothing is damaged, or nothing is known yet. */
  problem: () => string | null;
}

export function createWholeCheck({ databasePath, log }: { databasePath: string; log: Log }): WholeCheck {
  let found: string | null = null;
  const tell = (damage: string | null) => {
    if (damage === null) return log.info('the database is whole');
    log.error('the database is damaged', { damage });
    found = `The database is damaged (${damage}). Stop the appliance and put back a copy of the data folder.`;
  };
  return {
    begin() {
      findDamage(databasePath).then(tell, (error: unknown) => {
        log.error('the database could not be checked', { error });
        found = 'The database could not be checked: see the log.';
      });
    },
    problem: () => found,
  };
}
