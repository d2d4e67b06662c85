-- Requests of devices for a key that somebody with an account approves in a browser (RFC 8628). No code is stored,
-- only what it can be found by.
CREATE TABLE device_links (
  device_code_hash TEXT PRIMARY KEY,
  user_code_hash TEXT NOT NULL UNIQUE,
  key_label TEXT,
  client_address TEXT NOT NULL,
  user_agent TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'approved', 'denied', 'completed')),
  decided_by_account_id TEXT REFERENCES accounts (id),
  decided_by_key_id TEXT,
  interval_seconds INTEGER NOT NULL CHECK (interval_seconds > 0),
  polled_at INTEGER,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL CHECK (expires_at > created_at),
  CHECK ((state = 'pending') = (decided_by_account_id IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX device_links_expiry ON device_links (expires_at);
CREATE TRIGGER device_links_only_go_on BEFORE UPDATE OF state ON device_links
WHEN NEW.state <> OLD.state
  AND NOT (OLD.state = 'pending' AND NEW.state IN ('approved', 'denied'))
  AND NOT (OLD.state = 'approved' AND NEW.state = 'completed')
BEGIN SELECT RAISE(ABORT, 'a device link is decided once and redeemed once'); END;
