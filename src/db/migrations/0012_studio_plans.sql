-- Plans of Studio's agent: jobs that build on each other, priced before and paid for as one.
CREATE TABLE studio_plans (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  request_id TEXT NOT NULL,
  project_id TEXT,
  state TEXT NOT NULL CHECK (state IN ('proposed', 'running', 'succeeded', 'failed')),
  hash TEXT NOT NULL,
  amount_micros INTEGER NOT NULL CHECK (amount_micros >= 0),
  list_micros INTEGER NOT NULL CHECK (list_micros >= 0),
  -- Who approved it, with the limits of their key: what runs later runs under the same.
  approved_by TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  executed_at INTEGER,
  finished_at INTEGER,
  CHECK ((state = 'proposed') = (executed_at IS NULL)),
  CHECK ((state = 'proposed') = (approved_by IS NULL)),
  CHECK ((state IN ('succeeded', 'failed')) = (finished_at IS NOT NULL))
) STRICT;
CREATE INDEX studio_plans_running ON studio_plans (executed_at) WHERE state = 'running';
CREATE INDEX studio_plans_request ON studio_plans (request_id);

CREATE TABLE studio_plan_steps (
  plan_id TEXT NOT NULL REFERENCES studio_plans (id),
  id TEXT NOT NULL,
  position INTEGER NOT NULL,
  title TEXT NOT NULL,
  task TEXT NOT NULL,
  input TEXT NOT NULL,
  depends_on TEXT NOT NULL,
  quote TEXT NOT NULL,
  amount_micros INTEGER NOT NULL CHECK (amount_micros >= 0),
  state TEXT NOT NULL CHECK (state IN ('waiting', 'submitted', 'succeeded', 'failed', 'canceled')),
  job_id TEXT UNIQUE REFERENCES jobs (id),
  asset_ids TEXT,
  error_code TEXT,
  error_message TEXT,
  PRIMARY KEY (plan_id, id),
  CHECK (state NOT IN ('submitted', 'succeeded') OR job_id IS NOT NULL)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER studio_plans_end_once BEFORE UPDATE OF state ON studio_plans
WHEN OLD.state IN ('succeeded', 'failed') AND NEW.state <> OLD.state
BEGIN SELECT RAISE(ABORT, 'a finished plan never changes its state'); END;
