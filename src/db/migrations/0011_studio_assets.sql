-- Files and texts of Studio's projects. Equal bytes of one account are one file, whatever number of assets they are.
CREATE TABLE studio_files (
  account_id TEXT NOT NULL REFERENCES accounts (id),
  sha256 TEXT NOT NULL,
  bytes INTEGER NOT NULL CHECK (bytes > 0),
  preview TEXT NOT NULL CHECK (preview IN ('none', 'wanted', 'made')),
  -- Counted before each: a file that ends the process is not tried for ever.
  preview_attempts INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (account_id, sha256)
) STRICT, WITHOUT ROWID;
CREATE INDEX studio_files_wanted ON studio_files (created_at) WHERE preview = 'wanted';

CREATE TABLE studio_assets (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  project_id TEXT NOT NULL REFERENCES studio_projects (id),
  kind TEXT NOT NULL CHECK (kind IN ('image', 'video', 'audio', 'mesh', 'text', 'other')),
  title TEXT NOT NULL,
  filename TEXT NOT NULL,
  mime_type TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  -- A text has none: its versions are in studio_texts.
  file_sha256 TEXT,
  width INTEGER,
  height INTEGER,
  duration_seconds REAL,
  frames INTEGER,
  tags TEXT NOT NULL,
  note TEXT NOT NULL,
  origin TEXT NOT NULL CHECK (origin IN ('upload', 'job', 'text')),
  job_id TEXT REFERENCES jobs (id),
  prompt TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  archived_at INTEGER,
  FOREIGN KEY (account_id, file_sha256) REFERENCES studio_files (account_id, sha256),
  CHECK ((kind = 'text') = (file_sha256 IS NULL)),
  CHECK ((origin = 'job') = (job_id IS NOT NULL))
) STRICT;
CREATE INDEX studio_assets_project ON studio_assets (project_id, sequence);
CREATE INDEX studio_assets_file ON studio_assets (account_id, file_sha256);
-- An output that is kept again is the same asset.
CREATE UNIQUE INDEX studio_assets_output ON studio_assets (job_id, project_id, filename) WHERE job_id IS NOT NULL;

CREATE TABLE studio_texts (
  asset_id TEXT NOT NULL REFERENCES studio_assets (id),
  version INTEGER NOT NULL CHECK (version > 0),
  account_id TEXT NOT NULL REFERENCES accounts (id),
  text TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (asset_id, version)
) STRICT;
CREATE INDEX studio_texts_account ON studio_texts (account_id, bytes);
