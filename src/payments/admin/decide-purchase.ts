import type { AuditLog } from '../../audit/store.ts';
import { Conflict, NotFound } from '../../errors.ts';
import type { Caller } from '../../identity/authenticate.ts';
import type { Purchases } from '../purchases.ts';
import type { PurchaseStore } from '../store.ts';
import type { Purchase } from '../tables.ts';

export interface DecideParts {
  store: PurchaseStore;
  purchases: Purchases;
  audit: AuditLog;
}

interface Decision {
  caller: Caller;
  purchaseId: string;
  decision: 'settle' | 'close';
  /** In the operator's words. */
  reason: string;
}

/**
 * What an operator decides where no provider can: a payment that came in another way, or not as it was asked for, and
 * one that will never come. A provider that later says it was paid still settles what was closed; neither credits twice.
 * Called inside `Writer.write`.
 * @throws NotFound; Conflict closing one that is settled, whose credit only a refund or dispute takes back
 */
export function decidePurchase(
  { store, purchases, audit }: DecideParts,
  { caller, purchaseId, decision, reason }: Decision,
): { purchase: Purchase; changed: boolean } {
  const before = store.find(purchaseId);
  if (!before) throw new NotFound(`The purchase ${purchaseId}`);
  if (decision === 'close' && before.state === 'settled')
    throw new Conflict('The purchase is settled: refund it at its provider.', 'purchase_settled');
  const changed =
    decision === 'settle'
      ? purchases.settle(purchaseId) === 'settled'
      : purchases.close(purchaseId, 'by_operator');
  const { accountId, keyId } = caller;
  const details = { reason, accountId: before.accountId, creditMicros: before.creditMicros };
  if (changed)
    audit.record({
      actor: { accountId, keyId },
      action: `purchase.${decision}`,
      subject: purchaseId,
      details,
    });
  return { purchase: store.find(purchaseId) ?? before, changed };
}
