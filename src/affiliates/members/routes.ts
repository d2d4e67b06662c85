import { Elysia } from 'elysia';
import type { Idempotency } from '../../idempotency/idempotency.ts';
import { idempotencyHeaders } from '../../idempotency/openapi-headers.ts';
import { writeOnce } from '../../idempotency/run-once.ts';
import type { AttemptLimit } from '../../identity/attempt-limit.ts';
import { assertUnlimited } from '../../identity/key-limits.ts';
import type { RequireKey } from '../../identity/require-key.ts';
import { bindCode } from '../attribution.ts';
import { affiliateOf, apply, codeOf, editProfile } from '../membership.ts';
import {
  BindCodeBody,
  BoundView,
  CodeView,
  CommissionListView,
  DashboardView,
  PageQuery,
  PayoutBody,
  PayoutListView,
  PayoutRequestListView,
  PayoutRequestView,
  ProfileBody,
  ProfileView,
} from '../model.ts';
import type { AffiliateParts } from '../parts.ts';
import { requestPayout } from '../payout-requests.ts';
import {
  pageOf,
  viewCommission,
  viewDashboard,
  viewEligibility,
  viewPayout,
  viewPayoutRequest,
  viewProfile,
} from '../views.ts';

export interface MemberRoutesOptions {
  parts: AffiliateParts;
  requireKey: RequireKey;
  idempotency: Idempotency;
  /** Of codes that somebody tries to bind, by account. */
  bindings: AttemptLimit;
  nameOf: (accountId: string) => string;
  /** Base of the URLs that a response to `request` hands out. */
  originOf: (request: Request) => string;
}

/** An account as an affiliate. */
export function profileRoutes({ parts, requireKey, nameOf }: MemberRoutesOptions) {
  return new Elysia({ name: 'affiliates.profile', prefix: '/me', normalize: false, tags: ['Affiliates'] })
    .use(requireKey)
    .post(
      '/apply',
      async ({ caller, body, status }) => {
        assertUnlimited(caller.limits);
        const profile = { ...body, displayName: body.displayName ?? nameOf(caller.accountId) };
        return status(201, viewProfile(parts, await apply(parts, caller, profile)));
      },
      {
        requireKey: 'write',
        body: ProfileBody,
        response: { 201: ProfileView },
        detail: { summary: 'Apply for an affiliate account' },
      },
    )
    .get('', ({ caller }) => viewProfile(parts, affiliateOf(parts, caller.accountId)), {
      requireKey: 'read',
      response: { 200: ProfileView },
      detail: { summary: 'Your affiliate profile' },
    })
    .patch(
      '',
      async ({ caller, body }) => {
        assertUnlimited(caller.limits);
        return viewProfile(parts, await editProfile(parts, caller, body));
      },
      {
        requireKey: 'write',
        body: ProfileBody,
        response: { 200: ProfileView },
        detail: { summary: 'Change your affiliate profile' },
      },
    );
}

/** The code of an affiliate, and an account bound to one. */
export function codeRoutes({ parts, requireKey, bindings, originOf }: MemberRoutesOptions) {
  return new Elysia({ name: 'affiliates.code', prefix: '/me', normalize: false, tags: ['Affiliates'] })
    .use(requireKey)
    .get(
      '/code',
      async ({ caller, request }) => {
        const code = await codeOf(parts, caller.accountId);
        return { code, url: `${originOf(request)}/api/v1/affiliates/r?code=${code}` };
      },
      {
        requireKey: 'read',
        response: { 200: CodeView },
        detail: { summary: 'Your referral code, made when you first ask' },
      },
    )
    .post(
      '/bind-code',
      async ({ caller, body }) => {
        assertUnlimited(caller.limits);
        bindings.take(caller.accountId);
        await bindCode(parts, caller, body.code);
        return { bound: true as const, code: body.code.toUpperCase() };
      },
      {
        requireKey: 'write',
        body: BindCodeBody,
        response: { 200: BoundView },
        detail: { summary: 'Bind your account to who brought you, once and for good' },
      },
    );
}

/** What an affiliate has earned, and payouts. */
export function earningsRoutes(options: MemberRoutesOptions) {
  const { parts, requireKey } = options;
  const { store } = parts;
  return new Elysia({ name: 'affiliates.earnings', prefix: '/me', normalize: false, tags: ['Affiliates'] })
    .use(requireKey)
    .get('/dashboard', ({ caller }) => viewDashboard(parts, affiliateOf(parts, caller.accountId)), {
      requireKey: 'read',
      response: { 200: DashboardView },
      detail: { summary: 'What you have earned, and where it is' },
    })
    .get(
      '/commissions',
      ({ caller, query }) => {
        const { id } = affiliateOf(parts, caller.accountId);
        const { rows, nextCursor } = pageOf(query, (page) => store.listCommissions(id, page));
        return { commissions: rows.map(viewCommission), nextCursor };
      },
      {
        requireKey: 'read',
        query: PageQuery,
        response: { 200: CommissionListView },
        detail: { summary: 'Your commissions, newest first' },
      },
    )
    .get(
      '/payouts',
      ({ caller, query }) => {
        const { id: affiliateId } = affiliateOf(parts, caller.accountId);
        const { rows, nextCursor } = pageOf(query, (page) =>
          store.listPayoutRequests({ ...page, affiliateId, state: 'paid' }),
        );
        return { payouts: rows.map(viewPayout), nextCursor };
      },
      {
        requireKey: 'read',
        query: PageQuery,
        response: { 200: PayoutListView },
        detail: { summary: 'What was paid to you, newest first' },
      },
    );
}

const payoutRequestsPath = '/api/v1/affiliates/me/payout-requests';

/** Asking for a payout. */
export function payoutRoutes(options: MemberRoutesOptions) {
  const { parts, requireKey, idempotency } = options;
  return new Elysia({ name: 'affiliates.payouts', prefix: '/me', normalize: false, tags: ['Affiliates'] })
    .use(requireKey)
    .get(
      '/payout-requests',
      ({ caller, query }) => {
        const affiliate = affiliateOf(parts, caller.accountId);
        const { rows, nextCursor } = pageOf(query, (page) =>
          parts.store.listPayoutRequests({ ...page, affiliateId: affiliate.id }),
        );
        const payoutRequests = rows.map(viewPayoutRequest);
        return { eligibility: viewEligibility(parts, affiliate), payoutRequests, nextCursor };
      },
      {
        requireKey: 'read',
        query: PageQuery,
        response: { 200: PayoutRequestListView },
        detail: { summary: 'Your payout requests, and whether you can make one' },
      },
    )
    .post(
      '/payout-requests',
      ({ caller, body, request, set }) => {
        assertUnlimited(caller.limits);
        const { accountId } = caller;
        const { idempotencyKey, amountMicros = null } = body;
        const once = {
          ...{ accountId, route: payoutRequestsPath, headers: request.headers, body: { amountMicros }, set },
          ...(idempotencyKey === undefined ? {} : { bodyKey: idempotencyKey }),
        };
        return writeOnce({ idempotency, writer: parts.writer }, once, () => ({
          status: 201,
          body: viewPayoutRequest(requestPayout(parts, { actor: caller, amountMicros })),
        }));
      },
      {
        requireKey: 'write',
        body: PayoutBody,
        response: { 201: PayoutRequestView },
        detail: { summary: 'Ask for a payout of what is available', parameters: idempotencyHeaders },
      },
    );
}
