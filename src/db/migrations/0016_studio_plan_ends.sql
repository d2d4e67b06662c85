-- Plans can be canceled, and offers that nobody took are deleted. A state more is another CHECK, so both tables are
-- written anew: the steps point at the plans.
CREATE TABLE studio_plans_next (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  request_id TEXT NOT NULL,
  project_id TEXT,
  state TEXT NOT NULL CHECK (state IN ('proposed', 'running', 'succeeded', 'failed', 'canceled')),
  hash TEXT NOT NULL,
  amount_micros INTEGER NOT NULL CHECK (amount_micros >= 0),
  list_micros INTEGER NOT NULL CHECK (list_micros >= 0),
  -- Who approved it, with the limits of their key: what runs later runs under the same.
  approved_by TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  executed_at INTEGER,
  -- No step begins after it; the plan ends when the last job has let go.
  cancel_requested_at INTEGER,
  finished_at INTEGER,
  CHECK (state = 'canceled' OR (state = 'proposed') = (executed_at IS NULL)),
  CHECK ((executed_at IS NULL) = (approved_by IS NULL)),
  CHECK ((state IN ('succeeded', 'failed', 'canceled')) = (finished_at IS NOT NULL)),
  CHECK (state <> 'canceled' OR cancel_requested_at IS NOT NULL),
  CHECK (state <> 'proposed' OR cancel_requested_at IS NULL)
) STRICT;
INSERT INTO studio_plans_next
SELECT id, account_id, request_id, project_id, state, hash, amount_micros, list_micros, approved_by, created_at,
  expires_at, executed_at, NULL, finished_at FROM studio_plans;

CREATE TABLE studio_plan_steps_next (
  plan_id TEXT NOT NULL REFERENCES studio_plans_next (id),
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
INSERT INTO studio_plan_steps_next
SELECT plan_id, id, position, title, task, input, depends_on, quote, amount_micros, state, job_id, asset_ids,
  error_code, error_message FROM studio_plan_steps;

DROP TABLE studio_plan_steps;
DROP TABLE studio_plans;
ALTER TABLE studio_plans_next RENAME TO studio_plans;
ALTER TABLE studio_plan_steps_next RENAME TO studio_plan_steps;

CREATE INDEX studio_plans_running ON studio_plans (executed_at) WHERE state = 'running';
CREATE INDEX studio_plans_request ON studio_plans (request_id);
CREATE INDEX studio_plans_newest ON studio_plans (account_id, created_at, id);
CREATE INDEX studio_plans_by_state ON studio_plans (account_id, state, created_at, id);
CREATE INDEX studio_plans_of_project ON studio_plans (project_id, created_at, id);
CREATE INDEX studio_plans_never_run ON studio_plans (expires_at) WHERE executed_at IS NULL;
CREATE TRIGGER studio_plans_end_once BEFORE UPDATE OF state ON studio_plans
WHEN OLD.state IN ('succeeded', 'failed', 'canceled') AND NEW.state <> OLD.state
BEGIN SELECT RAISE(ABORT, 'a finished plan never changes its state'); END;
CREATE TRIGGER studio_plans_that_ran_stay BEFORE DELETE ON studio_plans WHEN OLD.executed_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a plan that was approved is never deleted'); END;

-- What was said in a conversation, newest first, and what became of a plan that is deleted.
ALTER TABLE studio_requests ADD COLUMN deleted_plan TEXT CHECK (deleted_plan IN ('expired', 'canceled'));
CREATE INDEX studio_requests_thread ON studio_requests (thread_id, created_at, id);
