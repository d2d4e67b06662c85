import { randomBytes } from 'node:crypto';
import type { AuditLog } from '../audit/store.ts';
import type { Clock } from '../clock.ts';
import { houseAccounts, type Ledger } from '../ledger/ledger.ts';
import { adjustCredit, moveCredit } from './adjust-credit.ts';
import { assertRoomForCheckout } from './checkout/assert-room.ts';
import type { PurchaseStore } from './store.ts';
import type { Provider, Purchase } from './tables.ts';

/** What a purchase means for whoever brought the customer. Everything is called inside `Writer.write`. */
export interface Referrals {
  /** Who earns by a purchase that is opened now; null for nobody, which an unknown code is not told apart from. */
  attribute(request: {
    accountId: string;
    affiliateCode: string | null;
    captureToken?: string | null;
  }): string | null;
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
  /** Where the client may repeat the request: what tells a repetition from another request. */
  requestSha256?: string | null;
  packageCode: string | null;
  priceUsdCents: number;
  creditMicros: number;
  /** Of the request. */
  affiliateCode: string | null;
  /** By whose link the customer came, as `referralTokenOf` the request tells. */
  captureToken?: string | null;
  /** Checkouts that the account may have open; absent for what is no checkout. */
  openCheckoutsMax?: number;
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
    /**
     * @returns the one that the same request opened before, where the provider has not answered yet
     * @throws TooManyRequests `too_many_checkouts`
     */
    open(request: NewPurchase): Purchase {
      const { accountId, provider, affiliateCode, captureToken = null, requestSha256 = null } = request;
      const unanswered =
        requestSha256 === null ? undefined : store.findUnanswered({ accountId, provider, requestSha256 });
      if (unanswered) return unanswered;
      const { openCheckoutsMax: max } = request;
      if (max !== undefined) assertRoomForCheckout(store, { accountId, max, now: clock() });
      const purchase = newPurchase(
        request,
        referrals.attribute({ accountId, affiliateCode, captureToken }),
        clock(),
      );
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
      moveCredit(dependencies.ledger, {
        from: houseAccounts[purchase.provider],
        to: purchase.accountId,
        amountMicros: purchase.creditMicros,
        code: 'purchase',
        reference: `purchase:${id}`,
      });
      store.update(id, settled);
      // A refund may have been told of first.
      if (settled.refundedUsdCents + settled.disputedUsdCents > 0) adjustCredit(dependencies, settled);
      else referrals.purchaseChanged(settled);
      return 'settled';
    },
    /** It expired, failed or was given up. @returns false where it is settled or closed already */
    close(id: string, reason: string): boolean {
      if (found(store, id).state !== 'open') return false;
      store.update(id, { state: 'closed', closedReason: reason, closedAt: clock() });
      return true;
    },
    /** @param refundedUsdCents all that the provider has refunded by now, not only the last refund */
    refunded(id: string, refundedUsdCents: number): void {
      adjustCredit(dependencies, { ...found(store, id), refundedUsdCents });
    },
    /** @param disputedUsdCents all that is in dispute or lost to one by now; 0 once every dispute is won */
    disputed(id: string, disputedUsdCents: number): void {
      const before = found(store, id);
      adjustCredit(dependencies, { ...before, disputedUsdCents });
      const { accountId, disputedUsdCents: now } = found(store, id);
      if (!dependencies.suspendOnDispute) return;
      // Only what is new counts: an operator may have enabled the account again.
      if (now > before.disputedUsdCents) dependencies.suspendAccount(accountId, disputeReason);
      if (now < before.disputedUsdCents && !store.hasDispute(accountId))
        dependencies.resumeAccount(accountId, disputeReason);
    },
  };
}

function newPurchase(request: NewPurchase, affiliateId: string | null, now: number): Purchase {
  const { accountId, provider, providerId = null, packageCode, priceUsdCents, creditMicros } = request;
  const { requestSha256 = null } = request;
  return {
    ...{ id: `pur_${randomBytes(12).toString('hex')}`, accountId, provider, providerId, packageCode },
    ...{ paymentId: null, requestSha256, checkedAt: null },
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
