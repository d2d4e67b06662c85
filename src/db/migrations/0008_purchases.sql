-- Payments from outside. A purchase is credited once, when it is settled; refunds and disputes take that back.
CREATE TABLE purchases (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  provider TEXT NOT NULL CHECK (provider IN ('stripe', 'coinbase', 'x402')),
  provider_id TEXT,
  payment_id TEXT,
  request_sha256 TEXT,
  package_code TEXT,
  price_usd_cents INTEGER NOT NULL CHECK (price_usd_cents > 0),
  credit_micros INTEGER NOT NULL CHECK (credit_micros > 0),
  affiliate_id TEXT,
  state TEXT NOT NULL CHECK (state IN ('open', 'settled', 'closed')),
  closed_reason TEXT,
  checkout_url TEXT,
  refunded_usd_cents INTEGER NOT NULL DEFAULT 0 CHECK (refunded_usd_cents BETWEEN 0 AND price_usd_cents),
  disputed_usd_cents INTEGER NOT NULL DEFAULT 0 CHECK (disputed_usd_cents BETWEEN 0 AND price_usd_cents),
  reversed_micros INTEGER NOT NULL DEFAULT 0 CHECK (reversed_micros BETWEEN 0 AND credit_micros),
  lost_micros INTEGER NOT NULL DEFAULT 0 CHECK (lost_micros BETWEEN 0 AND reversed_micros),
  adjustments INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  settled_at INTEGER,
  closed_at INTEGER,
  checked_at INTEGER,
  UNIQUE (provider, provider_id),
  CHECK ((state = 'settled') = (settled_at IS NOT NULL)),
  CHECK (state = 'settled' OR reversed_micros = 0)
) STRICT;
CREATE INDEX purchases_account ON purchases (account_id, created_at, id);
CREATE INDEX purchases_newest ON purchases (created_at, id);
CREATE INDEX purchases_open ON purchases (provider, created_at) WHERE state = 'open';
CREATE UNIQUE INDEX purchases_payment ON purchases (provider, payment_id) WHERE payment_id IS NOT NULL;
-- Of one request that a client repeats, one purchase waits for the provider's answer.
CREATE UNIQUE INDEX purchases_request ON purchases (account_id, provider, request_sha256)
WHERE request_sha256 IS NOT NULL AND state = 'open' AND provider_id IS NULL;
CREATE TRIGGER purchases_stay_settled BEFORE UPDATE OF state ON purchases
WHEN OLD.state = 'settled' AND NEW.state <> 'settled'
BEGIN SELECT RAISE(ABORT, 'a settled purchase stays settled'); END;
CREATE TRIGGER purchases_never_go BEFORE DELETE ON purchases
BEGIN SELECT RAISE(ABORT, 'purchases are kept'); END;

-- Deliveries that were dealt with, so that a replay changes nothing.
CREATE TABLE payment_events (
  provider TEXT NOT NULL,
  event_id TEXT NOT NULL,
  type TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  PRIMARY KEY (provider, event_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX payment_events_age ON payment_events (received_at);
