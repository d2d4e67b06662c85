import type { AuditLog } from '../../audit/store.ts';
import type { Clock } from '../../clock.ts';
import type { Writer } from '../../db/writer.ts';
import { Conflict } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { ProviderUnavailable } from '../provider-unavailable.ts';
import type { Purchases } from '../purchases.ts';
import type { PurchaseStore } from '../store.ts';
import type { Purchase } from '../tables.ts';
import type { Facilitator, PaymentToCheck } from './facilitator.ts';
import type { SettleResponse, VerifyResponse } from './protocol.ts';
import { isSameHex, outOfTime, paymentId } from './requirements.ts';
import { tellOperator } from './tell-operator.ts';

export interface PayParts {
  store: PurchaseStore;
  purchases: Purchases;
  audit: AuditLog;
  writer: Writer;
  clock: Clock;
  log: Log;
  facilitator: Facilitator;
}

export interface X402Payment extends PaymentToCheck {
  accountId: string;
  usdCents: number;
  affiliateCode: string | null;
  captureToken?: string | null;
}

export type PayOutcome =
  | { kind: 'credited'; purchase: Purchase }
  /** Nothing was paid. `reason` is x402's name for it; `settlement` where the facilitator was asked to settle. */
  | { kind: 'refused'; reason: string; settlement: SettleResponse | null };

/** Takes payments. @throws Conflict, ProviderUnavailable, see {@link pay} */
export type Pay = (payment: X402Payment) => Promise<PayOutcome>;

const microsPerUsdCent = 10_000;

/**
 * Each payment is under way once: whoever sends it again meanwhile gets the first one's outcome. (The payer's nonce
 * can be spent once on the chain, so that two at once would make one of them look as if it had been refused.)
 */
export function createPay(parts: PayParts): Pay {
  const underWay = new Map<string, { accountId: string; usdCents: number; outcome: Promise<PayOutcome> }>();
  return (payment) => {
    const id = paymentId(payment.payment);
    const running = underWay.get(id);
    if (running) {
      assertSamePurchase(running, payment);
      return running.outcome;
    }
    const outcome = pay(parts, payment, id).finally(() => underWay.delete(id));
    underWay.set(id, { accountId: payment.accountId, usdCents: payment.usdCents, outcome });
    return outcome;
  };
}

/**
 * Verify, write down, settle, credit. An open purchase means that settling was asked for and no answer is known: the
 * payment may have been made. It is asked for again then, by the same payment sent again, whose nonce the chain
 * takes once only. A closed one was refused for sure: the payer signs another.
 * @throws Conflict `payment_used` by another account or for another amount; `payment_unresolved` whether it was
 *   made can't be known here, and the operator has been told
 * @throws ProviderUnavailable the facilitator gave no answer: the same payment may be sent again
 */
async function pay(parts: PayParts, payment: X402Payment, id: string): Promise<PayOutcome> {
  const { store, clock, facilitator } = parts;
  const known = store.findByProviderId('x402', id);
  if (known) assertSamePurchase({ ...known, usdCents: known.priceUsdCents }, payment);
  if (known?.state === 'settled') return { kind: 'credited', purchase: known };
  if (known?.state === 'closed')
    return { kind: 'refused', reason: known.closedReason ?? '', settlement: null };
  if (known) return settle(parts, payment, { purchase: known, isFirst: false });
  const { authorization } = payment.payment.payload;
  const late = outOfTime(authorization, clock());
  if (late !== null) return { kind: 'refused', reason: late, settlement: null };
  const verified = await facilitator.verify(payment).catch(unavailable);
  const invalid = invalidReason(verified, authorization.from);
  if (invalid !== null) return { kind: 'refused', reason: invalid, settlement: null };
  const purchase = await open(parts, payment, id);
  return settle(parts, payment, { purchase, isFirst: true });
}

function assertSamePurchase(
  known: { accountId: string; usdCents: number },
  { accountId, usdCents }: X402Payment,
): void {
  if (known.accountId === accountId && known.usdCents === usdCents) return;
  throw new Conflict('This payment was used for another purchase; sign a new one.', 'payment_used');
}

function unavailable(cause: unknown): never {
  throw new ProviderUnavailable('x402', { cause });
}

function invalidReason({ isValid, invalidReason: reason, payer }: VerifyResponse, from: string) {
  if (!isValid) return reason ?? 'unexpected_verify_error';
  return typeof payer === 'string' && !isSameHex(payer, from) ? 'unexpected_verify_error' : null;
}

/** On disk before the facilitator is asked to settle: from there on the money may have moved. */
function open({ purchases, writer }: PayParts, payment: X402Payment, id: string): Promise<Purchase> {
  const { accountId, usdCents, affiliateCode, captureToken = null } = payment;
  return writer.write(() =>
    purchases.open({
      ...{ accountId, provider: 'x402', providerId: id, packageCode: null, affiliateCode },
      captureToken,
      priceUsdCents: usdCents,
      creditMicros: usdCents * microsPerUsdCent,
    }),
  );
}

/** @param attempt.isFirst false where it was asked for before, without an answer that is known */
async function settle(
  parts: PayParts,
  payment: X402Payment,
  { purchase, isFirst }: { purchase: Purchase; isFirst: boolean },
): Promise<PayOutcome> {
  const settlement = await parts.facilitator.settle(payment).catch(unavailable);
  if (!settlement.success) {
    const reason = settlement.errorReason ?? 'unexpected_settle_error';
    if (!isFirst || !wasNothingSent(settlement, reason)) return unresolved(parts, purchase, reason);
    await parts.writer.persist(() => parts.purchases.close(purchase.id, reason));
    return { kind: 'refused', reason, settlement };
  }
  const lie = contradiction(settlement, payment);
  if (lie !== null) return unresolved(parts, purchase, lie);
  return credit(parts, purchase, settlement.transaction.toLowerCase());
}

/**
 * Reasons that say that no transaction was sent. Others (it was reverted, not confirmed in time, the nonce is used)
 * leave open whether the payer's money has moved, perhaps by a transaction of somebody else.
 */
const refusals =
  /^(insufficient_funds|invalid_(scheme|network|payload|payment_requirements|x402_version)|unsupported_\w+|invalid_exact_evm_(signature|payload_\w+))$/;

function wasNothingSent({ transaction }: SettleResponse, reason: string): boolean {
  return transaction === '' && refusals.test(reason);
}

/** What a settlement says that can't be so; null where it fits the payment. */
function contradiction(settlement: SettleResponse, { payment, requirements }: X402Payment): string | null {
  const { payer, network, amount, transaction } = settlement;
  const { from } = payment.payload.authorization;
  if (network !== requirements.network) return `settled on ${network}`;
  if (typeof payer === 'string' && !isSameHex(payer, from)) return `settled for the payer ${payer}`;
  if (typeof amount === 'string' && amount !== requirements.amount) return `settled for the amount ${amount}`;
  return /^0x[0-9a-fA-F]{64}$/.test(transaction) ? null : 'settled without a transaction';
}

/** The nonce is spent and the account credited at once; where the disk takes nothing, as soon as it does. */
async function credit(parts: PayParts, purchase: Purchase, transaction: string): Promise<PayOutcome> {
  const { store, purchases, writer } = parts;
  const isPaidWithIt = await writer.persist(() => {
    const payer = store.findByPaymentId('x402', transaction);
    if (payer && payer.id !== purchase.id) return false;
    store.update(purchase.id, { paymentId: transaction });
    purchases.settle(purchase.id);
    return true;
  });
  if (!isPaidWithIt) return unresolved(parts, purchase, `settled by a transaction that paid for another`);
  return { kind: 'credited', purchase: store.find(purchase.id) ?? purchase };
}

/** @throws Conflict always */
async function unresolved(parts: PayParts, purchase: Purchase, reason: string): Promise<never> {
  await tellOperator(parts, purchase, reason);
  throw new Conflict(
    `Whether payment ${purchase.id} was made can't be told from here; the operator has been notified. Don't pay again.`,
    'payment_unresolved',
  );
}
