-- Who brings customers, and what they earn by it. Each micro-dollar lies in the ledger; these tables say why.
CREATE TABLE affiliates (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  account_id TEXT NOT NULL UNIQUE REFERENCES accounts (id),
  state TEXT NOT NULL CHECK (state IN ('pending', 'active', 'rejected', 'suspended')),
  reason TEXT,
  code TEXT UNIQUE CHECK (code = upper(code)),
  display_name TEXT NOT NULL,
  website_url TEXT,
  payout_method TEXT,
  payout_details TEXT,
  -- Commissions that were taken back after they had been paid out: what comes next pays for them.
  owed_micros INTEGER NOT NULL DEFAULT 0 CHECK (owed_micros >= 0),
  applied_at INTEGER NOT NULL,
  decided_at INTEGER
) STRICT;

-- An account's own word on who brought it, given once.
CREATE TABLE affiliate_bindings (
  account_id TEXT PRIMARY KEY REFERENCES accounts (id),
  affiliate_id TEXT NOT NULL REFERENCES affiliates (id),
  bound_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX affiliate_bindings_affiliate ON affiliate_bindings (affiliate_id);
CREATE TRIGGER affiliate_bindings_never_change BEFORE UPDATE ON affiliate_bindings
BEGIN SELECT RAISE(ABORT, 'an account is bound once'); END;

CREATE TABLE commissions (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  purchase_id TEXT NOT NULL UNIQUE REFERENCES purchases (id),
  affiliate_id TEXT NOT NULL REFERENCES affiliates (id),
  earned_micros INTEGER NOT NULL CHECK (earned_micros >= 0),
  reversed_micros INTEGER NOT NULL DEFAULT 0 CHECK (reversed_micros BETWEEN 0 AND earned_micros),
  adjustments INTEGER NOT NULL DEFAULT 0,
  earned_at INTEGER NOT NULL,
  release_at INTEGER NOT NULL,
  released_at INTEGER
) STRICT;
CREATE INDEX commissions_affiliate ON commissions (affiliate_id, sequence);
CREATE INDEX commissions_held ON commissions (release_at) WHERE released_at IS NULL;
CREATE TRIGGER commissions_stay_released BEFORE UPDATE OF released_at ON commissions
WHEN OLD.released_at IS NOT NULL AND NEW.released_at IS NOT OLD.released_at
BEGIN SELECT RAISE(ABORT, 'a released commission stays released'); END;

CREATE TABLE payout_requests (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  affiliate_id TEXT NOT NULL REFERENCES affiliates (id),
  amount_micros INTEGER NOT NULL CHECK (amount_micros > 0),
  state TEXT NOT NULL CHECK (state IN ('requested', 'approved', 'paid', 'rejected')),
  -- As they were when it was made: a later change of the profile does not send the money elsewhere.
  payout_method TEXT NOT NULL,
  payout_details TEXT NOT NULL,
  reason TEXT,
  external_reference TEXT,
  requested_at INTEGER NOT NULL,
  approved_at INTEGER,
  closed_at INTEGER,
  CHECK ((state = 'paid') = (external_reference IS NOT NULL)),
  CHECK ((state IN ('paid', 'rejected')) = (closed_at IS NOT NULL))
) STRICT;
CREATE INDEX payout_requests_affiliate ON payout_requests (affiliate_id, sequence);
CREATE UNIQUE INDEX payout_requests_one_open ON payout_requests (affiliate_id)
  WHERE state IN ('requested', 'approved');
CREATE TRIGGER payout_requests_stay_closed BEFORE UPDATE ON payout_requests
WHEN OLD.state IN ('paid', 'rejected') BEGIN SELECT RAISE(ABORT, 'a closed payout request stays closed'); END;
