import { and, desc, eq, lt } from 'drizzle-orm';
import type { Clock } from '../clock.ts';
import type { OpenDatabase } from '../db/open.ts';
import { auditEntries, type AuditEntry } from './tables.ts';

/** What was done, by whom and to what. */
export interface AuditEvent {
  /** Null for what nobody asked for, such as a provider's webhook. */
  actor: { accountId: string; keyId: string | null } | null;
  /** In words and dots, the thing first: `key.create`, `account.disable`. */
  action: string;
  /** The id of what it was done to; an account's where there is no closer one. */
  subject: string;
  /** Never holds a secret. */
  details?: Record<string, unknown>;
}

/** The append-only log of what changes who may do what, and of money moved by hand. */
export interface AuditLog {
  /** Called inside `Writer.write`, so that it commits with what it tells of. */
  record(event: AuditEvent): void;
  /** Newest first. @param filter.before an entry's id: those older than it */
  list(filter: { subject?: string; before?: number; limit: number }): AuditEntry[];
}

export function createAuditLog({ db, clock }: Pick<OpenDatabase, 'db'> & { clock: Clock }): AuditLog {
  return {
    record({ actor, action, subject, details = {} }) {
      const { accountId = null, keyId = null } = actor ?? {};
      db.insert(auditEntries)
        .values({ at: clock(), actorAccountId: accountId, actorKeyId: keyId, action, subject, details })
        .run();
    },
    list({ subject, before, limit }) {
      const conditions = [
        subject === undefined ? undefined : eq(auditEntries.subject, subject),
        before === undefined ? undefined : lt(auditEntries.id, before),
      ];
      return db
        .select()
        .from(auditEntries)
        .where(and(...conditions))
        .orderBy(desc(auditEntries.id))
        .limit(limit)
        .all();
    },
  };
}
