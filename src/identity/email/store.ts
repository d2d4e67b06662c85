import { eq, lte, sql } from 'drizzle-orm';
import type { OpenDatabase } from '../../db/open.ts';
import { type EmailCode, emailCodes } from './tables.ts';

/** Queries on sign-in codes. Writing ones are called inside `Writer.write`. */
export type EmailCodeStore = ReturnType<typeof createEmailCodeStore>;

export function createEmailCodeStore({ db }: Pick<OpenDatabase, 'db'>) {
  return {
    /** The latest of an address, whatever has become of it. */
    find: (email: string): EmailCode | undefined =>
      db.select().from(emailCodes).where(eq(emailCodes.email, email)).get(),
    /** Takes the place of the address's last one. */
    put({ email, ...rest }: EmailCode) {
      db.insert(emailCodes)
        .values({ email, ...rest })
        .onConflictDoUpdate({ target: emailCodes.email, set: rest })
        .run();
    },
    countAttempt(email: string) {
      const attemptsLeft = sql`max(0, ${emailCodes.attemptsLeft} - 1)`;
      db.update(emailCodes).set({ attemptsLeft }).where(eq(emailCodes.email, email)).run();
    },
    remove: (email: string) => db.delete(emailCodes).where(eq(emailCodes.email, email)).run(),
    deleteExpired: (now: number) => db.delete(emailCodes).where(lte(emailCodes.expiresAt, now)).run(),
  };
}
