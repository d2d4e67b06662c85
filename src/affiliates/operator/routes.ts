import { Elysia } from 'elysia';
import type { Idempotency } from '../../idempotency/idempotency.ts';
import { idempotencyHeaders } from '../../idempotency/openapi-headers.ts';
import { type AnswerHead, repeatable, writeOnce } from '../../idempotency/run-once.ts';
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
  idempotency: Idempotency;
}

const path = '/api/v1/admin/affiliates';

/** A change of the operator's, as its route gets it. */
interface Asked<Body> {
  caller: Actor;
  body: Body;
  request: Request;
  set: AnswerHead;
}

/**
 * `/api/v1/admin/affiliates…`: who is an affiliate, and who is paid. They work while the programme is switched off
 * too: what was earned is still owed.
 */
export function operatorRoutes(options: OperatorRoutesOptions) {
  return new Elysia({ name: 'affiliates.operator', prefix: path, normalize: false })
    .use(applicationRoutes(options))
    .use(payoutDecisionRoutes(options));
}

function applicationRoutes({ parts, requireKey, idempotency }: OperatorRoutesOptions) {
  const make = (decision: Decision, asked: Asked<{ affiliateId: string; reason?: string }>) => {
    const { affiliateId, reason = null } = asked.body;
    const once = { idempotency, writer: parts.writer };
    return writeOnce(once, repeatable(`${path}/${decision}`, asked), () => {
      const affiliate = decide(parts, asked.caller, { affiliateId, decision, reason });
      return { status: 200, body: viewManaged(parts, affiliate) };
    });
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
    .post('/approve', (context) => make('approve', context), {
      requireKey: 'admin',
      body: ApproveBody,
      response: { 200: ManagedAffiliateView },
      detail: { summary: 'Approve an application, or lift a suspension', parameters: idempotencyHeaders },
    })
    .post('/reject', (context) => make('reject', context), {
      requireKey: 'admin',
      body: RefuseBody,
      response: { 200: ManagedAffiliateView },
      detail: { summary: 'Reject an application', parameters: idempotencyHeaders },
    })
    .post('/suspend', (context) => make('suspend', context), {
      requireKey: 'admin',
      body: RefuseBody,
      response: { 200: ManagedAffiliateView },
      detail: {
        summary: 'Suspend an affiliate: nothing new is earned, no payout can be asked for',
        parameters: idempotencyHeaders,
      },
    });
}

function payoutDecisionRoutes({ parts, requireKey, idempotency }: OperatorRoutesOptions) {
  const make = (decision: PayoutDecision, asked: Asked<{ payoutRequestId: string }>) => {
    const { payoutRequestId } = asked.body;
    const once = { idempotency, writer: parts.writer };
    return writeOnce(once, repeatable(`${path}/payout-requests/${decision.to}`, asked), () => {
      const payout = decidePayout(parts, asked.caller, { payoutRequestId, decision });
      return { status: 200, body: viewManagedPayout(parts, payout) };
    });
  };
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
    .post('/approve', (context) => make({ to: 'approved' }, context), {
      requireKey: 'admin',
      body: ApprovePayoutBody,
      response: { 200: ManagedPayoutView },
      detail: { summary: 'Approve a payout: pay it next', parameters: idempotencyHeaders },
    })
    .post(
      '/paid',
      (context) => make({ to: 'paid', externalReference: context.body.externalReference }, context),
      {
        requireKey: 'admin',
        body: PaidBody,
        response: { 200: ManagedPayoutView },
        detail: { summary: 'Mark an approved payout as paid', parameters: idempotencyHeaders },
      },
    )
    .post('/reject', (context) => make({ to: 'rejected', reason: context.body.reason }, context), {
      requireKey: 'admin',
      body: RejectPayoutBody,
      response: { 200: ManagedPayoutView },
      detail: { summary: 'Reject a payout: its amount is available again', parameters: idempotencyHeaders },
    });
}
