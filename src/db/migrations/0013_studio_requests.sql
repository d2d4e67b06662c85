-- What somebody asked Studio's agent, and what became of it. A plan that answers it is in studio_plans.
CREATE TABLE studio_requests (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  thread_id TEXT NOT NULL REFERENCES studio_threads (id),
  project_id TEXT NOT NULL REFERENCES studio_projects (id),
  message TEXT NOT NULL,
  asset_ids TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('planning', 'answered', 'failed')),
  planner TEXT,
  reply TEXT,
  error_code TEXT,
  error_message TEXT,
  created_at INTEGER NOT NULL,
  answered_at INTEGER,
  CHECK ((state = 'answered') = (reply IS NOT NULL)),
  CHECK ((state = 'failed') = (error_code IS NOT NULL)),
  CHECK ((state = 'planning') = (answered_at IS NULL))
) STRICT;
CREATE INDEX studio_requests_planning ON studio_requests (created_at) WHERE state = 'planning';
