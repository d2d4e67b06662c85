-- Who may use the appliance.
CREATE TABLE accounts (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('admin', 'user')),
  webhook_secret TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  disabled_at INTEGER
) STRICT;

CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  role TEXT NOT NULL CHECK (role IN ('admin', 'user')),
  key_hash TEXT NOT NULL UNIQUE,
  key_prefix TEXT NOT NULL,
  label TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER,
  revoked_at INTEGER
) STRICT;
CREATE INDEX api_keys_account ON api_keys (account_id);

-- Double entry. An account's balance is credits − debits: two sums that only grow.
CREATE TABLE ledger_accounts (
  id TEXT PRIMARY KEY,
  limited INTEGER NOT NULL CHECK (limited IN (0, 1)),
  debits_micros INTEGER NOT NULL DEFAULT 0 CHECK (debits_micros >= 0),
  credits_micros INTEGER NOT NULL DEFAULT 0 CHECK (credits_micros >= 0),
  CHECK (limited = 0 OR debits_micros <= credits_micros)
) STRICT;

CREATE TABLE transfers (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  debit_account_id TEXT NOT NULL REFERENCES ledger_accounts (id),
  credit_account_id TEXT NOT NULL REFERENCES ledger_accounts (id),
  amount_micros INTEGER NOT NULL CHECK (amount_micros >= 0),
  code TEXT NOT NULL,
  reference TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  CHECK (debit_account_id <> credit_account_id)
) STRICT;
CREATE INDEX transfers_debit ON transfers (debit_account_id, id);
CREATE INDEX transfers_credit ON transfers (credit_account_id, id);
CREATE TRIGGER transfers_never_change BEFORE UPDATE ON transfers
BEGIN SELECT RAISE(ABORT, 'transfers are append-only'); END;
CREATE TRIGGER transfers_never_go BEFORE DELETE ON transfers
BEGIN SELECT RAISE(ABORT, 'transfers are append-only'); END;

CREATE TABLE idempotency_records (
  account_id TEXT NOT NULL,
  route TEXT NOT NULL,
  key TEXT NOT NULL,
  body_sha256 TEXT NOT NULL,
  status INTEGER NOT NULL,
  response TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (account_id, route, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_records_age ON idempotency_records (created_at);

CREATE TABLE jobs (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  task TEXT NOT NULL,
  engine TEXT NOT NULL,
  model TEXT NOT NULL,
  draft INTEGER NOT NULL CHECK (draft IN (0, 1)),
  status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'canceled')),
  priority TEXT NOT NULL CHECK (priority IN ('interactive', 'standard', 'batch')),
  attempts INTEGER NOT NULL DEFAULT 0,
  effective_input TEXT NOT NULL,
  input_adjustments TEXT NOT NULL,
  list_micros INTEGER NOT NULL CHECK (list_micros >= 0),
  amount_micros INTEGER NOT NULL CHECK (amount_micros >= 0),
  refunded INTEGER NOT NULL DEFAULT 0 CHECK (refunded IN (0, 1)),
  price_basis TEXT NOT NULL,
  workload_units REAL NOT NULL,
  webhook_url TEXT,
  origin TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  finished_at INTEGER,
  expires_at INTEGER,
  files_removed_at INTEGER,
  outputs TEXT,
  upstream TEXT,
  error_code TEXT,
  error_message TEXT,
  CHECK ((status IN ('succeeded', 'failed', 'canceled')) = (finished_at IS NOT NULL)),
  CHECK (status <> 'running' OR started_at IS NOT NULL),
  CHECK ((status = 'succeeded') = (outputs IS NOT NULL)),
  CHECK ((status = 'failed') = (error_code IS NOT NULL)),
  CHECK (refunded = (status IN ('failed', 'canceled')))
) STRICT;
CREATE INDEX jobs_account ON jobs (account_id, sequence);
CREATE INDEX jobs_account_status ON jobs (account_id, status, sequence);
CREATE INDEX jobs_account_task ON jobs (account_id, task, sequence);
CREATE INDEX jobs_open ON jobs (status, sequence) WHERE status IN ('queued', 'running');
CREATE INDEX jobs_with_files ON jobs (finished_at) WHERE outputs IS NOT NULL AND files_removed_at IS NULL;
CREATE TRIGGER jobs_terminal_states_stay BEFORE UPDATE OF status ON jobs
WHEN OLD.status IN ('succeeded', 'failed', 'canceled') AND NEW.status <> OLD.status
BEGIN SELECT RAISE(ABORT, 'a terminal job never changes its state'); END;

CREATE TABLE webhook_deliveries (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  url TEXT NOT NULL,
  body TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  next_attempt_at INTEGER,
  delivered_at INTEGER,
  abandoned_at INTEGER,
  last_error TEXT
) STRICT;
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
