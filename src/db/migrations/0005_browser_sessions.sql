-- Who is signed in with a browser. The token itself is in the browser's cookie only.
CREATE TABLE browser_sessions (
  id TEXT PRIMARY KEY,
  token_hash TEXT NOT NULL UNIQUE,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX browser_sessions_account ON browser_sessions (account_id, created_at);
CREATE INDEX browser_sessions_expires ON browser_sessions (expires_at);
