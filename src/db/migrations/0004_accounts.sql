-- People: who signed in as whom, why an account is disabled, what a key is limited to, and who did what.
ALTER TABLE accounts ADD COLUMN email TEXT;
ALTER TABLE accounts ADD COLUMN disabled_reason TEXT;
ALTER TABLE api_keys ADD COLUMN allowed_tasks TEXT;
ALTER TABLE api_keys ADD COLUMN spend_cap_micros_per_day INTEGER CHECK (spend_cap_micros_per_day > 0);

-- Set for jobs of keys with a cap only, so that the others pay nothing for the index.
ALTER TABLE jobs ADD COLUMN capped_key_id TEXT;
CREATE INDEX jobs_capped_key ON jobs (capped_key_id, created_at) WHERE capped_key_id IS NOT NULL;

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
