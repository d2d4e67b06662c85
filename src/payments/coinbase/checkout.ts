import { type Static, Type } from '@sinclair/typebox';
import { fits } from '../../fits.ts';

const amount = Type.String({ pattern: '^[0-9]{1,12}(\\.[0-9]{1,18})?$' });
const absent = Type.Null();

/** A checkout of Coinbase Business, as far as it is read here. */
const Checkout = Type.Object({
  id: Type.String({ pattern: '^[0-9A-Za-z_-]{1,100}$' }),
  url: Type.String({ pattern: '^https?://' }),
  amount,
  currency: Type.String(),
  status: Type.String(),
  metadata: Type.Optional(Type.Union([Type.Record(Type.String(), Type.Unknown()), absent])),
  settlement: Type.Optional(
    Type.Union([Type.Object({ totalAmount: amount, currency: Type.String() }), absent]),
  ),
  refundedAmount: Type.Optional(Type.Union([amount, absent])),
  expiresAt: Type.Optional(Type.Union([Type.String(), absent])),
  updatedAt: Type.Optional(Type.Union([Type.String(), absent])),
});
type Checkout = Static<typeof Checkout>;

/** How a checkout stands. Amounts are in millionths of its currency. */
export interface CheckoutState {
  checkoutId: string;
  url: string;
  /** `ACTIVE`, `PROCESSING`, `COMPLETED`, `EXPIRED`, `DEACTIVATED`, `FAILED`, `REFUNDED`, `PARTIALLY_REFUNDED`. */
  status: string;
  /** What we named it by when we made it. */
  purchaseId: string | null;
  accountId: string | null;
  asked: { micros: number; currency: string };
  /** What came, before fees; where Coinbase doesn't tell, what was asked for. */
  paid: { micros: number; currency: string };
  refundedMicros: number;
  /** Epoch milliseconds, as `updatedAt`; null where it isn't told. */
  expiresAt: number | null;
  updatedAt: number | null;
}

const Page = Type.Object({
  checkouts: Type.Array(Type.Unknown()),
  nextPageToken: Type.Optional(Type.Union([Type.String(), absent])),
});

/** Some checkouts, and how to ask for the next ones; null at the end. */
export interface CheckoutPage {
  checkouts: CheckoutState[];
  nextPageToken: string | null;
}

/** What is no checkout is left out. @returns null for what is no page */
export function readPage(body: unknown): CheckoutPage | null {
  if (!fits(Page, body)) return null;
  const checkouts = body.checkouts.map(readCheckout).filter((checkout) => checkout !== null);
  // An empty token ends it too.
  return { checkouts, nextPageToken: body.nextPageToken || null };
}

/** @returns null for what is no checkout */
export function readCheckout(body: unknown): CheckoutState | null {
  if (!fits(Checkout, body)) return null;
  const { id, url, status, metadata, expiresAt, updatedAt } = body;
  const asked = { micros: toMicros(body.amount), currency: body.currency };
  return {
    ...{ checkoutId: id, url, status, asked, ...readMoney(body, asked) },
    ...{ purchaseId: textOf(metadata?.['purchaseId']), accountId: textOf(metadata?.['accountId']) },
    ...{ expiresAt: timeOf(expiresAt), updatedAt: timeOf(updatedAt) },
  };
}

/** Where what was refunded isn't told, a settlement below what was asked for is what is left of it. */
function readMoney(
  { status, settlement, refundedAmount }: Checkout,
  asked: CheckoutState['asked'],
): Pick<CheckoutState, 'paid' | 'refundedMicros'> {
  const settled = settlement
    ? { micros: toMicros(settlement.totalAmount), currency: settlement.currency }
    : asked;
  if (typeof refundedAmount === 'string') return { paid: settled, refundedMicros: toMicros(refundedAmount) };
  if (status === 'REFUNDED') return { paid: asked, refundedMicros: asked.micros };
  if (status !== 'PARTIALLY_REFUNDED') return { paid: settled, refundedMicros: 0 };
  return {
    paid: { micros: asked.micros, currency: settled.currency },
    refundedMicros: Math.max(0, asked.micros - settled.micros),
  };
}

/** Exact; what is smaller than a millionth is left out. */
function toMicros(decimal: string): number {
  const [whole = '', fraction = ''] = decimal.split('.');
  return Number(whole) * 1_000_000 + Number(fraction.padEnd(6, '0').slice(0, 6));
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function timeOf(iso: string | null | undefined): number | null {
  const time = Date.parse(iso ?? '');
  return Number.isNaN(time) ? null : time;
}
