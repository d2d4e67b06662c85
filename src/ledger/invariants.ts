import type { Connection } from '../db/open.ts';

/** The books don't add up: going on would make it worse. */
export class LedgerBroken extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`The ledger is broken:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'LedgerBroken';
  }
}

interface Invariant {
  promise: string;
  /** A query that answers one row a violation, described in its only column. */
  violations: string;
}

/** What a look at the accounts alone tells. */
const balanceInvariants: readonly Invariant[] = [
  {
    promise: 'all balances add up to zero',
    violations: `SELECT 'the sum of all balances is ' || total FROM
      (SELECT coalesce(sum(credits_micros - debits_micros), 0) AS total FROM ledger_accounts) WHERE total <> 0`,
  },
  {
    promise: 'no limited account is below zero',
    violations: `SELECT id || ' is below zero' FROM ledger_accounts WHERE limited = 1 AND debits_micros > credits_micros`,
  },
];

/** The purchase that a transfer belongs to: its reference is a word, the purchase's id, and perhaps a number. */
const purchaseOfTransfer = `substr(reference, instr(reference, ':') + 1, length('pur_') + 24)`;

/** The money of those who bring customers: each amount lies where the commissions and payouts say. */
const affiliateInvariants: readonly Invariant[] = [
  {
    promise: 'every affiliate has what the commissions and payouts say',
    violations: `WITH books AS (SELECT id,
        (SELECT coalesce(sum(earned_micros - reversed_micros), 0) FROM commissions
          WHERE affiliate_id = affiliates.id AND released_at IS NULL) AS held,
        (SELECT coalesce(sum(amount_micros), 0) FROM payout_requests
          WHERE affiliate_id = affiliates.id AND state IN ('requested', 'approved')) AS requested,
        owed_micros + (SELECT coalesce(sum(earned_micros - reversed_micros), 0) FROM commissions
          WHERE affiliate_id = affiliates.id AND released_at IS NOT NULL)
        - (SELECT coalesce(sum(amount_micros), 0) FROM payout_requests
          WHERE affiliate_id = affiliates.id AND state <> 'rejected') AS available FROM affiliates),
      parts AS (SELECT id, 'held' AS part, held AS wanted FROM books UNION ALL
        SELECT id, 'requested', requested FROM books UNION ALL SELECT id, 'available', available FROM books)
      SELECT parts.id || ' has ' || coalesce(credits_micros - debits_micros, 'no account') || ' ' || part
        || ' and not ' || wanted
      FROM parts LEFT JOIN ledger_accounts ON ledger_accounts.id = 'affiliate:' || parts.id || ':' || part
      WHERE coalesce(credits_micros - debits_micros <> wanted, 1)`,
  },
  {
    promise: 'exactly the settled purchases with an affiliate earn that affiliate a commission',
    violations: `SELECT purchases.id || ' is ' || state || CASE WHEN commissions.id IS NULL
        THEN ' without a commission of ' ELSE ' and has a commission, not of ' END || coalesce(purchases.affiliate_id, 'anybody')
      FROM purchases LEFT JOIN commissions ON purchase_id = purchases.id
      WHERE CASE WHEN state = 'settled' THEN purchases.affiliate_id END IS NOT commissions.affiliate_id`,
  },
  {
    promise: 'exactly the paid payout requests were paid out',
    violations: `SELECT payout_requests.id || ' is ' || state || CASE WHEN transfers.id IS NULL
        THEN ' without a payout of ' ELSE ' and has a payout of ' END || payout_requests.amount_micros FROM payout_requests
      LEFT JOIN transfers ON reference = 'payout:' || payout_requests.id
        AND transfers.amount_micros = payout_requests.amount_micros AND code = 'payout'
        AND debit_account_id = 'affiliate:' || affiliate_id || ':requested' AND credit_account_id = 'house:payouts'
      WHERE (state = 'paid') <> (transfers.id IS NOT NULL)`,
  },
  {
    promise: 'what the house has given and paid is what affiliates have earned, owe and were paid',
    violations: `WITH books AS (
        SELECT 'house:commissions' AS id, -(SELECT coalesce(sum(earned_micros - reversed_micros), 0) FROM commissions)
          - (SELECT coalesce(sum(owed_micros), 0) FROM affiliates) AS wanted
        UNION ALL SELECT 'house:payouts',
          (SELECT coalesce(sum(amount_micros), 0) FROM payout_requests WHERE state = 'paid'))
      SELECT books.id || ' has ' || (credits_micros - debits_micros) || ' and not ' || wanted
      FROM books JOIN ledger_accounts USING (id) WHERE credits_micros - debits_micros <> wanted`,
  },
];

/** What takes a look at every transfer, job, purchase, commission and payout. */
const historyInvariants: readonly Invariant[] = [
  {
    promise: 'every account holds exactly the sum of its transfers',
    violations: `WITH moved AS (
        SELECT debit_account_id AS id, amount_micros AS debits, 0 AS credits FROM transfers
        UNION ALL SELECT credit_account_id, 0, amount_micros FROM transfers),
      sums AS (SELECT id, sum(debits) AS debits, sum(credits) AS credits FROM moved GROUP BY id)
      SELECT account.id || ' holds ' || debits_micros || '/' || credits_micros || ', its transfers say '
        || coalesce(debits, 0) || '/' || coalesce(credits, 0)
      FROM ledger_accounts AS account LEFT JOIN sums USING (id)
      WHERE debits_micros <> coalesce(debits, 0) OR credits_micros <> coalesce(credits, 0)`,
  },
  {
    promise: 'every job was charged its price exactly once',
    violations: `SELECT jobs.id || ' has no charge of ' || jobs.amount_micros FROM jobs
      LEFT JOIN transfers ON reference = 'charge:' || jobs.id
        AND transfers.amount_micros = jobs.amount_micros AND code = 'charge'
        AND debit_account_id = jobs.account_id AND credit_account_id = 'house:revenue'
      WHERE transfers.id IS NULL`,
  },
  {
    promise: 'every charge and refund belongs to a job',
    violations: `SELECT reference || ' has no job' FROM transfers
      LEFT JOIN jobs ON jobs.id = substr(reference, length(code) + 2) AND reference = code || ':' || jobs.id
      WHERE code IN ('charge', 'refund') AND jobs.id IS NULL`,
  },
  {
    promise: 'exactly the failed and canceled jobs were refunded',
    violations: `SELECT jobs.id || ' is ' || status || CASE WHEN transfers.id IS NULL
        THEN ' without a refund of ' ELSE ' and has a refund of ' END || jobs.amount_micros FROM jobs
      LEFT JOIN transfers ON reference = 'refund:' || jobs.id
        AND transfers.amount_micros = jobs.amount_micros AND code = 'refund'
        AND debit_account_id = 'house:revenue' AND credit_account_id = jobs.account_id
      WHERE (status IN ('failed', 'canceled')) <> (transfers.id IS NOT NULL)`,
  },
  {
    promise: 'exactly the settled purchases were credited',
    violations: `SELECT purchases.id || ' is ' || state || CASE WHEN transfers.id IS NULL
        THEN ' without a credit of ' ELSE ' and has a credit of ' END || credit_micros FROM purchases
      LEFT JOIN transfers ON reference = 'purchase:' || purchases.id
        AND transfers.amount_micros = credit_micros AND code = 'purchase'
        AND debit_account_id = 'house:' || provider AND credit_account_id = purchases.account_id
      WHERE (state = 'settled') <> (transfers.id IS NOT NULL)`,
  },
  {
    promise: 'what a purchase moves goes between its provider and its account, or our losses',
    violations: `SELECT reference || ' is no transfer of a purchase' FROM transfers
      LEFT JOIN purchases ON purchases.id = ${purchaseOfTransfer}
      WHERE code IN ('purchase', 'reversal', 'restoration') AND (purchases.id IS NULL
        OR CASE code WHEN 'reversal' THEN credit_account_id ELSE debit_account_id END <> 'house:' || provider
        OR CASE code WHEN 'reversal' THEN debit_account_id ELSE credit_account_id END
          NOT IN (purchases.account_id, 'house:losses'))`,
  },
  {
    promise: 'what of a purchase is reversed and lost is the sum of its transfers',
    violations: `WITH sums AS (
        SELECT CAST(${purchaseOfTransfer} AS TEXT) AS id, sum(signed) AS reversed,
          sum(CASE WHEN 'house:losses' IN (debit_account_id, credit_account_id) THEN signed ELSE 0 END) AS lost
        FROM (SELECT *, CASE code WHEN 'reversal' THEN amount_micros ELSE -amount_micros END AS signed
          FROM transfers WHERE code IN ('reversal', 'restoration')) GROUP BY 1)
      SELECT purchases.id || ' has ' || reversed_micros || ' reversed and ' || lost_micros
        || ' lost, its transfers say ' || coalesce(reversed, 0) || ' and ' || coalesce(lost, 0)
      FROM purchases LEFT JOIN sums USING (id)
      WHERE reversed_micros <> coalesce(reversed, 0) OR lost_micros <> coalesce(lost, 0)`,
  },
  {
    promise: 'an approved plan has set aside what its waiting steps cost',
    violations: `SELECT plans.id || ' has set aside ' || coalesce(credits_micros - debits_micros, 0)
        || ', its waiting steps cost ' || waiting FROM
        (SELECT id, (SELECT coalesce(sum(amount_micros), 0) FROM studio_plan_steps
          WHERE plan_id = studio_plans.id AND studio_plan_steps.state = 'waiting') AS waiting
        FROM studio_plans WHERE state <> 'proposed') AS plans
      LEFT JOIN ledger_accounts AS account ON account.id = 'hold:' || plans.id
      WHERE coalesce(credits_micros - debits_micros, 0) <> waiting`,
  },
  ...affiliateInvariants,
];

const problemsShownMax = 20;

/** Checks every invariant of the ledger. @throws LedgerBroken naming the first violations of each */
export function checkLedger(connection: Connection): void {
  assertAll(connection, [...balanceInvariants, ...historyInvariants]);
}

/** A check that takes about 10 µs a transfer is made before anybody is answered up to this many. */
const transfersAtStartMax = 20_000;

/**
 * Checks as much as can be checked in a moment: all of a small ledger, the balances of a large one.
 * @returns whether that was all
 * @throws LedgerBroken
 */
export function checkLedgerAtStart(connection: Connection): boolean {
  const last =
    connection.prepare<[], number>('SELECT coalesce(max(id), 0) FROM transfers').pluck().get() ?? 0;
  const isAll = last <= transfersAtStartMax;
  assertAll(connection, isAll ? [...balanceInvariants, ...historyInvariants] : balanceInvariants);
  return isAll;
}

function assertAll(connection: Connection, invariants: readonly Invariant[]): void {
  const problems = invariants.flatMap(({ promise, violations }) =>
    connection
      .prepare<[], string>(`SELECT * FROM (${violations}) LIMIT ${problemsShownMax}`)
      .pluck()
      .all()
      .map((violation) => `${promise}, but ${violation}`),
  );
  if (problems.length > 0) throw new LedgerBroken(problems);
}
