import { Type } from '@sinclair/typebox';
import { t, type TSchema } from 'elysia';
import { displayNameLengthMax } from './membership.ts';
import { referralCodePattern } from './referral-code.ts';

const strict = { additionalProperties: false };
const nullable = <Schema extends TSchema>(schema: Schema) => t.Union([schema, t.Null()]);
const time = t.String({ format: 'date-time', examples: ['2026-03-01T12:00:00.000Z'] });
const affiliateState = t.Union([
  t.Literal('pending'),
  t.Literal('active'),
  t.Literal('rejected'),
  t.Literal('suspended'),
]);
const payoutState = t.Union([
  t.Literal('requested'),
  t.Literal('approved'),
  t.Literal('paid'),
  t.Literal('rejected'),
]);
const payoutMethod = t.Union([
  t.Literal('paypal'),
  t.Literal('bank_transfer'),
  t.Literal('crypto'),
  t.Literal('other'),
]);
const affiliateId = t.String({ examples: ['aff_3f9c0a1b2d4e5f607182'] });
const payoutRequestId = t.String({ examples: ['pay_3f9c0a1b2d4e5f6071829304'] });
const code = t.String({ examples: ['PROMO_42'] });
const amount = (amountMicros: number) =>
  t.Object({
    amountUsd: t.Number({ examples: [amountMicros / 1e6] }),
    amountMicros: Type.Integer({ examples: [amountMicros] }),
  });
const reason = t.String({ minLength: 1, maxLength: 300, examples: ['The site could not be reached.'] });
const limit = t.Optional(t.Integer({ minimum: 1, maximum: 100, default: 50, examples: [50] }));
const cursor = t.Optional(
  t.String({
    pattern: '^[0-9]{1,15}$',
    'x-expects': 'the `nextCursor` of a list',
    description: 'The `nextCursor` of the page before.',
    examples: ['1041'],
  }),
);
const nextCursor = nullable(t.String({ description: 'Null on the last page.', examples: ['1041'] }));

/** What a visitor types: its form is judged, and whether the code is anybody's is told to nobody. */
const anyCode = t.String({ minLength: 1, maxLength: 100, examples: ['PROMO_42'] });
const wellFormedCode = t.String({
  pattern: referralCodePattern,
  'x-expects': '4 to 32 letters, digits and underscores such as PROMO_42',
  examples: ['PROMO_42'],
});
const captureToken = t.String({
  minLength: 1,
  maxLength: 200,
  description: 'Also kept in the cookie `killa_tamata_referral`.',
  examples: ['PROMO_42.1772366400.q1vYQm0x2b6mS9a3m0K1l0Yw5T7cJ4nE8rUoZpXhVtA'],
});

/** People follow links as they are, with what mailers and shops hang on to them: none is refused. */
export const RedirectQuery = t.Object(
  { code: t.Optional(t.String({ examples: ['PROMO_42'] })) },
  { additionalProperties: true },
);
export const ValidateCodeBody = t.Object({ code: anyCode }, strict);
export const CodeVerdictView = t.Object({
  code: nullable(code),
  valid: t.Boolean({
    description: "Whether it has the form of a code. Whether it is anybody's is told to nobody.",
    examples: [true],
  }),
});
export const CaptureBody = t.Object(
  { code: t.Optional(wellFormedCode), captureToken: t.Optional(captureToken) },
  { ...strict, minProperties: 1, description: 'A code, or a token to refresh, or both.' },
);
export const CaptureView = t.Object({ code, captureToken, capturedAt: time, expiresAt: time });

const profile = {
  displayName: t.String({ minLength: 1, maxLength: displayNameLengthMax, examples: ['Ada'] }),
  websiteUrl: nullable(
    t.String({
      pattern: '^https?://[^\\s"<>]+$',
      'x-expects': 'an http(s) URL',
      maxLength: 300,
      examples: ['https://ada.example.com'],
    }),
  ),
  payoutMethod: nullable(payoutMethod),
  payoutDetails: nullable(
    t.String({
      minLength: 1,
      maxLength: 500,
      description: 'Where payouts go: an address, an account number.',
      examples: ['ada@example.com'],
    }),
  ),
};
export const ProfileBody = t.Partial(t.Object(profile), strict);
export const ProfileView = t.Object({
  affiliateId,
  state: affiliateState,
  reason: nullable(t.String({ description: "Of the operator's last decision.", examples: ['Welcome'] })),
  ...profile,
  code: nullable(code),
  commissionPercent: t.Number({ examples: [20] }),
  appliedAt: time,
  decidedAt: nullable(time),
});
export const CodeView = t.Object({
  code,
  url: t.String({
    description: 'The link to share.',
    examples: ['https://media.example.com/api/v1/affiliates/r?code=PROMO_42'],
  }),
});
export const BindCodeBody = t.Object({ code: anyCode }, strict);
export const BoundView = t.Object({ bound: t.Literal(true), code });

export const DashboardView = t.Object({
  affiliateId,
  state: affiliateState,
  code: nullable(code),
  commissionPercent: t.Number({ examples: [20] }),
  boundAccounts: t.Integer({ description: 'Accounts that bound themselves to your code.', examples: [3] }),
  purchases: t.Integer({ description: 'Settled purchases that you have earned by.', examples: [6] }),
  earned: amount(12_000_000),
  reversed: amount(2_000_000),
  held: amount(4_000_000),
  available: amount(5_000_000),
  requested: amount(0),
  paid: amount(1_000_000),
  owed: t.Object(amount(0).properties, {
    description: 'Paid out before its purchase was refunded; what becomes available next pays for it.',
  }),
});

const commission = t.Object({
  commissionId: t.String({ examples: ['com_3f9c0a1b2d4e5f6071829304'] }),
  state: t.Union([t.Literal('held'), t.Literal('released'), t.Literal('reversed')]),
  amount: amount(2_000_000),
  earned: amount(2_000_000),
  reversed: amount(0),
  earnedAt: time,
  releaseAt: time,
  releasedAt: nullable(time),
});
export const PageQuery = t.Object({ limit, cursor }, strict);
export const CommissionListView = t.Object({ commissions: t.Array(commission), nextCursor });
export const PayoutListView = t.Object({
  payouts: t.Array(
    t.Object({
      payoutRequestId,
      amount: amount(50_000_000),
      payoutMethod,
      externalReference: t.String({ examples: ['PAYPAL-8XJ31'] }),
      paidAt: time,
    }),
  ),
  nextCursor,
});

export const PayoutBody = t.Object(
  {
    amountMicros: t.Optional(
      Type.Integer({
        ...{ minimum: 1, maximum: 1_000_000_000_000, examples: [50_000_000] },
        description: 'Micro-dollars; all that is available unless given.',
      }),
    ),
    idempotencyKey: t.Optional(t.String({ minLength: 1, maxLength: 255, examples: ['payout-march'] })),
  },
  strict,
);
export const PayoutRequestView = t.Object({
  payoutRequestId,
  state: payoutState,
  amount: amount(50_000_000),
  payoutMethod,
  payoutDetails: t.String({ examples: ['ada@example.com'] }),
  reason: nullable(t.String({ examples: ['The address does not exist.'] })),
  externalReference: nullable(t.String({ examples: ['PAYPAL-8XJ31'] })),
  requestedAt: time,
  approvedAt: nullable(time),
  closedAt: nullable(time),
});
export const PayoutRequestListView = t.Object({
  eligibility: t.Object({
    eligible: t.Boolean({ examples: [false] }),
    code: nullable(t.String({ examples: ['below_payout_minimum'] })),
    message: nullable(t.String({ examples: ['$5 is available; the smallest payout is $50.'] })),
    available: amount(5_000_000),
    minimum: amount(50_000_000),
  }),
  payoutRequests: t.Array(PayoutRequestView),
  nextCursor,
});

export const AffiliatesQuery = t.Object({ state: t.Optional(affiliateState), limit, cursor }, strict);
export const ManagedAffiliateView = t.Object({
  ...ProfileView.properties,
  accountId: t.String({ examples: ['acct_3f9c0a1b2d4e5f607182'] }),
  held: amount(4_000_000),
  available: amount(5_000_000),
  owed: amount(0),
});
export const AffiliateListView = t.Object({ affiliates: t.Array(ManagedAffiliateView), nextCursor });
export const ApproveBody = t.Object({ affiliateId }, strict);
export const RefuseBody = t.Object({ affiliateId, reason }, strict);

export const PayoutsQuery = t.Object({ state: t.Optional(payoutState), limit, cursor }, strict);
export const ManagedPayoutView = t.Object({
  ...PayoutRequestView.properties,
  affiliateId,
  owed: amount(0),
});
export const ManagedPayoutListView = t.Object({ payoutRequests: t.Array(ManagedPayoutView), nextCursor });
export const ApprovePayoutBody = t.Object({ payoutRequestId }, strict);
export const PaidBody = t.Object(
  {
    payoutRequestId,
    externalReference: t.String({
      ...{ minLength: 1, maxLength: 200, examples: ['PAYPAL-8XJ31'] },
      description: 'How the payment is found again where it was made.',
    }),
  },
  strict,
);
export const RejectPayoutBody = t.Object({ payoutRequestId, reason }, strict);
