-- People: who signed in as whom, why an account is disabled, what a key is limited to, and who did what.
ALTER TABLE accounts ADD COLUMN email TEXT;
ALTER TABLE accounts ADD COLUMN disabled_reason TEXT;
ALTER TABLE api_keys ADD COLUMN allowed_tasks TEXT;
ALTER TABLE api_keys ADD COLUMN spend_cap_micros_per_day INTEGER CHECK (spend_cap_micros_per_day > 0);

-- The jobs of keys with a cap; those of other keys, which are most, pay nothing for it.
CREATE TABLE capped_jobs (
  key_id TEXT NOT NULL REFERENCES api_keys (id),
  created_at INTEGER NOT NULL,
  job_id TEXT NOT NULL REFERENCES jobs (id),
  PRIMARY KEY (key_id, created_at, job_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE identities (
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  email TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (issuer, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX identities_account ON identities (account_id);

CREATE TABLE audit_entries (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  actor_account_id TEXT,
  actor_key_id TEXT,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  details TEXT NOT NULL
) STRICT;
CREATE INDEX audit_entries_subject ON audit_entries (subject, id);
CREATE TRIGGER audit_entries_never_change BEFORE UPDATE ON audit_entries
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_entries_never_go BEFORE DELETE ON audit_entries
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
