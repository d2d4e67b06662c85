-- Sign-in codes sent to e-mail addresses: the latest of each address, and of the code only an HMAC.
CREATE TABLE email_codes (
  email TEXT PRIMARY KEY,
  challenge_id TEXT NOT NULL UNIQUE,
  code_hash TEXT NOT NULL,
  attempts_left INTEGER NOT NULL CHECK (attempts_left >= 0),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL CHECK (expires_at > created_at)
) STRICT, WITHOUT ROWID;
CREATE INDEX email_codes_expiry ON email_codes (expires_at);
