import { Elysia } from 'elysia';
import type { RequireKey } from '../../identity/require-key.ts';
import { type Decision, decide } from '../membership.ts';
import {
  AffiliateListView,
  AffiliatesQuery,
  ApproveBody,
  ApprovePayoutBody,
  ManagedAffiliateView,
  ManagedPayoutListView,
  ManagedPayoutView,
  PaidBody,
  PayoutsQuery,
  RefuseBody,
  RejectPayoutBody,
} from '../model.ts';
import type { Actor, AffiliateParts } from '../parts.ts';
import { decidePayout, type PayoutDecision } from '../payout-requests.ts';
import { pageOf, viewManaged, viewManagedPayout } from '../views.ts';

interface OperatorRoutesOptions {
  parts: AffiliateParts;
  requireKey: RequireKey;
}

/**
 * `/api/v1/admin/affiliates…`: who is an affiliate, and who is paid. They work while the programme is switched off
 * too: what was earned is still owed.
 */
export function operatorRoutes(options: OperatorRoutesOptions) {
  return new Elysia({ name: 'affiliates.operator', prefix: '/api/v1/admin/affiliates', normalize: false })
    .use(applicationRoutes(options))
    .use(payoutDecisionRoutes(options));
}

function applicationRoutes({ parts, requireKey }: OperatorRoutesOptions) {
  const make = async (actor: Actor, decision: Decision, body: { affiliateId: string; reason?: string }) => {
    const { affiliateId, reason = null } = body;
    return viewManaged(parts, await decide(parts, actor, { affiliateId, decision, reason }));
  };
  return new Elysia({ name: 'affiliates.applications', normalize: false, tags: ['Admin'] })
    .use(requireKey)
    .get(
      '',
      ({ query }) => {
        const { state } = query;
        const { rows, nextCursor } = pageOf(query, (page) => parts.store.listAffiliates({ ...page, state }));
        return { affiliates: rows.map((affiliate) => viewManaged(parts, affiliate)), nextCursor };
      },
      {
        requireKey: 'admin',
        query: AffiliatesQuery,
        response: { 200: AffiliateListView },
        detail: { summary: 'List affiliates and applications, newest first' },
      },
    )
    .post('/approve', ({ caller, body }) => make(caller, 'approve', body), {
      requireKey: 'admin',
      body: ApproveBody,
      response: { 200: ManagedAffiliateView },
      detail: { summary: 'Approve an application, or lift a suspension' },
    })
    .post('/reject', ({ caller, body }) => make(caller, 'reject', body), {
      requireKey: 'admin',
      body: RefuseBody,
      response: { 200: ManagedAffiliateView },
      detail: { summary: 'Reject an application' },
    })
    .post('/suspend', ({ caller, body }) => make(caller, 'suspend', body), {
      requireKey: 'admin',
      body: RefuseBody,
      response: { 200: ManagedAffiliateView },
      detail: { summary: 'Suspend an affiliate: nothing new is earned, no payout can be asked for' },
    });
}

function payoutDecisionRoutes({ parts, requireKey }: OperatorRoutesOptions) {
  const make = async (actor: Actor, payoutRequestId: string, decision: PayoutDecision) =>
    viewManagedPayout(parts, await decidePayout(parts, actor, { payoutRequestId, decision }));
  return new Elysia({
    ...{ name: 'affiliates.payout-decisions', prefix: '/payout-requests' },
    ...{ normalize: false, tags: ['Admin'] },
  })
    .use(requireKey)
    .get(
      '',
      ({ query }) => {
        const { state } = query;
        const { rows, nextCursor } = pageOf(query, (page) =>
          parts.store.listPayoutRequests({ ...page, state }),
        );
        return { payoutRequests: rows.map((payout) => viewManagedPayout(parts, payout)), nextCursor };
      },
      {
        requireKey: 'admin',
        query: PayoutsQuery,
        response: { 200: ManagedPayoutListView },
        detail: { summary: 'List payout requests, newest first' },
      },
    )
    .post('/approve', ({ caller, body }) => make(caller, body.payoutRequestId, { to: 'approved' }), {
      requireKey: 'admin',
      body: ApprovePayoutBody,
      response: { 200: ManagedPayoutView },
      detail: { summary: 'Approve a payout: pay it next' },
    })
    .post(
      '/paid',
      ({ caller, body: { payoutRequestId, externalReference } }) =>
        make(caller, payoutRequestId, { to: 'paid', externalReference }),
      {
        requireKey: 'admin',
        body: PaidBody,
        response: { 200: ManagedPayoutView },
        detail: { summary: 'Mark an approved payout as paid' },
      },
    )
    .post(
      '/reject',
      ({ caller, body: { payoutRequestId, reason } }) =>
        make(caller, payoutRequestId, { to: 'rejected', reason }),
      {
        requireKey: 'admin',
        body: RejectPayoutBody,
        response: { 200: ManagedPayoutView },
        detail: { summary: 'Reject a payout: its amount is available again' },
      },
    );
}
