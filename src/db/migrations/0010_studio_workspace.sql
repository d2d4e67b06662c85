-- Studio's workspace: projects, the conversations in them, and each account's settings.
CREATE TABLE studio_projects (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  archived_at INTEGER
) STRICT;
CREATE INDEX studio_projects_account ON studio_projects (account_id, updated_at);

CREATE TABLE studio_threads (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  project_id TEXT NOT NULL REFERENCES studio_projects (id),
  title TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX studio_threads_project ON studio_threads (project_id, updated_at);

CREATE TABLE studio_messages (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  thread_id TEXT NOT NULL REFERENCES studio_threads (id),
  request_id TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('user', 'assistant')),
  text TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX studio_messages_thread ON studio_messages (thread_id, id);

CREATE TABLE studio_settings (
  account_id TEXT PRIMARY KEY REFERENCES accounts (id),
  active_project_id TEXT REFERENCES studio_projects (id),
  active_thread_id TEXT REFERENCES studio_threads (id),
  instructions TEXT NOT NULL,
  run_free_plans INTEGER NOT NULL CHECK (run_free_plans IN (0, 1)),
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
