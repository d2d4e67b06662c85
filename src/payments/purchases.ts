import { randomBytes } from 'node:crypto';
import type { AuditLog } from '../audit/store.ts';
import type { Clock } from '../clock.ts';
import { houseAccounts, type Ledger, type TransferCode } from '../ledger/ledger.ts';
import type { PurchaseStore } from './store.ts';
import type { Provider, Purchase } from './tables.ts';

/** What a purchase means for whoever brought the customer. Everything is called inside `Writer.write`. */
export interface Referrals {
  /** Who earns by a purchase that is opened now; null for nobody, which an unknown code is not told apart from. */
  attribute(request: { accountId: string; affiliateCode: string | null }): string | null;
  /** The purchase was credited, or a part of it taken or given back: `reversedMicros` tells how much is gone now. */
  purchaseChanged(purchase: Purchase): void;
}

interface Dependencies {
  store: PurchaseStore;
  ledger: Ledger;
  audit: AuditLog;
  clock: Clock;
  referrals: Referrals;
  /** Disables an account; does nothing where it is disabled already. Called inside `Writer.write`. */
  suspendAccount: (accountId: string, reason: string) => void;
  /** Enables an account that was disabled for `reason`, and only for that. Called inside `Writer.write`. */
  resumeAccount: (accountId: string, reason: string) => void;
  suspendOnDispute: boolean;
}

export interface NewPurchase {
  accountId: string;
  provider: Provider;
  /** Where it is known from the start. */
  providerId?: string;
  packageCode: string | null;
  priceUsdCents: number;
  creditMicros: number;
  affiliateCode: string | null;
}

/** Why an account is disabled whose payment is disputed. */
const disputeReason = 'payment_disputed';

/**
 * The life of a purchase, whoever the provider is: opened, settled once, and reversed as far as it is refunded or
 * disputed. Every method is called inside `Writer.write` and is safe to repeat: what a provider says twice, or in
 * the wrong order, changes nothing.
 */
export type Purchases = ReturnType<typeof createPurchases>;

export function createPurchases(dependencies: Dependencies) {
  const { store, clock, referrals } = dependencies;
  return {
    open(request: NewPurchase): Purchase {
      const { accountId, affiliateCode } = request;
      const purchase = newPurchase(request, referrals.attribute({ accountId, affiliateCode }), clock());
      store.insert(purchase);
      return purchase;
    },
    /** Credits the account, once. A purchase that was closed is settled all the same: the money has come. */
    settle(id: string): 'settled' | 'already' {
      const purchase = found(store, id);
      if (purchase.state === 'settled') return 'already';
      const settled = {
        ...purchase,
        state: 'settled' as const,
        settledAt: clock(),
        closedAt: null,
        closedReason: null,
      };
      move(dependencies.ledger, {
        from: houseAccounts[purchase.provider],
        to: purchase.accountId,
        amountMicros: purchase.creditMicros,
        code: 'purchase',
        reference: `purchase:${id}`,
      });
      store.update(id, settled);
      // A refund may have been told of first.
      if (settled.refundedUsdCents + settled.disputedUsdCents > 0) adjust(dependencies, settled);
      else referrals.purchaseChanged(settled);
      return 'settled';
    },
    /** It expired, failed or was given up. Does nothing to one that is settled or closed. */
    close(id: string, reason: string): void {
      if (found(store, id).state !== 'open') return;
      store.update(id, { state: 'closed', closedReason: reason, closedAt: clock() });
    },
    /** @param refundedUsdCents all that the provider has refunded by now, not only the last refund */
    refunded(id: string, refundedUsdCents: number): void {
      adjust(dependencies, { ...found(store, id), refundedUsdCents });
    },
    /** @param disputedUsdCents all that is in dispute or lost to one by now; 0 once every dispute is won */
    disputed(id: string, disputedUsdCents: number): void {
      const purchase = found(store, id);
      adjust(dependencies, { ...purchase, disputedUsdCents });
      if (!dependencies.suspendOnDispute) return;
      if (disputedUsdCents > 0) dependencies.suspendAccount(purchase.accountId, disputeReason);
      else if (purchase.disputedUsdCents > 0) dependencies.resumeAccount(purchase.accountId, disputeReason);
    },
  };
}

function newPurchase(request: NewPurchase, affiliateId: string | null, now: number): Purchase {
  const { accountId, provider, providerId = null, packageCode, priceUsdCents, creditMicros } = request;
  return {
    ...{ id: `pur_${randomBytes(12).toString('hex')}`, accountId, provider, providerId, packageCode },
    ...{ priceUsdCents, creditMicros, affiliateId, state: 'open', closedReason: null, checkoutUrl: null },
    ...{ refundedUsdCents: 0, disputedUsdCents: 0, reversedMicros: 0, lostMicros: 0, adjustments: 0 },
    ...{ createdAt: now, settledAt: null, closedAt: null },
  };
}

function found(store: PurchaseStore, id: string): Purchase {
  const purchase = store.find(id);
  if (!purchase) throw new Error(`There is no purchase ${id}.`);
  return purchase;
}

/** Brings the credit that was taken back to the share of the price that is refunded or in dispute. */
function adjust(dependencies: Dependencies, purchase: Purchase): void {
  const { priceUsdCents, creditMicros, reversedMicros } = purchase;
  const refundedUsdCents = Math.min(priceUsdCents, purchase.refundedUsdCents);
  const disputedUsdCents = Math.min(priceUsdCents, purchase.disputedUsdCents);
  const goneUsdCents = Math.min(priceUsdCents, refundedUsdCents + disputedUsdCents);
  const targetMicros =
    purchase.state === 'settled' ? Math.ceil((creditMicros * goneUsdCents) / priceUsdCents) : 0;
  const changed = { ...purchase, refundedUsdCents, disputedUsdCents };
  if (targetMicros > reversedMicros) takeBack(dependencies, changed, targetMicros - reversedMicros);
  else if (targetMicros < reversedMicros) giveBack(dependencies, changed, reversedMicros - targetMicros);
  else dependencies.store.update(purchase.id, { refundedUsdCents, disputedUsdCents });
}

/** What the customer has spent already can't be taken back: it is our loss. */
function takeBack(dependencies: Dependencies, purchase: Purchase, amountMicros: number): void {
  const { ledger } = dependencies;
  const number = purchase.adjustments + 1;
  const taken = Math.min(amountMicros, Math.max(0, ledger.balanceMicros(purchase.accountId)));
  const provider = houseAccounts[purchase.provider];
  const parts = [
    { from: purchase.accountId, amountMicros: taken, reference: `reversal:${purchase.id}:${number}` },
    {
      from: houseAccounts.losses,
      amountMicros: amountMicros - taken,
      reference: `loss:${purchase.id}:${number}`,
    },
  ];
  for (const part of parts) move(ledger, { ...part, to: provider, code: 'reversal' });
  finish(dependencies, {
    ...purchase,
    adjustments: number,
    reversedMicros: purchase.reversedMicros + amountMicros,
    lostMicros: purchase.lostMicros + amountMicros - taken,
  });
}

/** Our loss is made good first: the customer has had that credit. */
function giveBack(dependencies: Dependencies, purchase: Purchase, amountMicros: number): void {
  const number = purchase.adjustments + 1;
  const recovered = Math.min(amountMicros, purchase.lostMicros);
  const provider = houseAccounts[purchase.provider];
  const parts = [
    { to: houseAccounts.losses, amountMicros: recovered, reference: `recovery:${purchase.id}:${number}` },
    {
      to: purchase.accountId,
      amountMicros: amountMicros - recovered,
      reference: `restoration:${purchase.id}:${number}`,
    },
  ];
  for (const part of parts) move(dependencies.ledger, { ...part, from: provider, code: 'restoration' });
  finish(dependencies, {
    ...purchase,
    adjustments: number,
    reversedMicros: purchase.reversedMicros - amountMicros,
    lostMicros: purchase.lostMicros - recovered,
  });
}

function finish({ store, audit, referrals }: Dependencies, purchase: Purchase): void {
  store.update(purchase.id, purchase);
  const { accountId, refundedUsdCents, disputedUsdCents, reversedMicros, lostMicros } = purchase;
  const details = { accountId, refundedUsdCents, disputedUsdCents, reversedMicros, lostMicros };
  audit.record({ actor: null, action: 'purchase.adjust', subject: purchase.id, details });
  referrals.purchaseChanged(purchase);
}

interface Move {
  from: string;
  to: string;
  amountMicros: number;
  code: TransferCode;
  reference: string;
}

function move(ledger: Ledger, { from, to, amountMicros, code, reference }: Move): void {
  if (amountMicros === 0) return;
  const outcome = ledger.transfer({
    debitAccountId: from,
    creditAccountId: to,
    amountMicros,
    code,
    reference,
  });
  if (outcome.kind === 'exceeds_credits')
    throw new Error(`Transfer ${reference} exceeds the balance of ${from}.`);
}
