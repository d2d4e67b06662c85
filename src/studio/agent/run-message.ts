import { ApplianceError, Conflict, NotFound } from '../../errors.ts';
import type { Caller } from '../../identity/authenticate.ts';
import type { Approval } from '../plans/execute-plan.ts';
import type { WholePlan } from '../plans/create-plans.ts';
import type { AgentParts, PreparedRequest } from './prepare-request.ts';
import type { RequestStore } from './store.ts';
import type { AgentRequest } from './tables.ts';

/** 409: the plan costs something, or its account wants to be asked. It waits to be approved. */
export class ApprovalRequired extends ApplianceError {
  constructor(request: AgentRequest, { plan }: WholePlan) {
    const { id: planId, hash: planHash, amountMicros } = plan;
    const amountUsd = amountMicros / 1e6;
    const expiresAt = new Date(plan.expiresAt).toISOString();
    super({
      code: 'approval_required',
      status: 409,
      message:
        amountMicros === 0
          ? 'This costs nothing, but you want to be asked: approve the plan to run it.'
          : `This costs $${amountUsd}: approve the plan to run it.`,
      details: { requestId: request.id, planId, planHash, amountMicros, amountUsd, expiresAt },
    });
  }
}

/**
 * Runs a prepared plan that costs nothing, where the account lets it.
 * @throws ApprovalRequired
 */
export async function runFree(
  { plans }: AgentParts,
  caller: Caller,
  prepared: PreparedRequest,
  runFreePlans: boolean,
): Promise<PreparedRequest> {
  const { request, whole } = prepared;
  if (!whole) return prepared;
  const { id: planId, hash: planHash, amountMicros } = whole.plan;
  if (amountMicros > 0 || !runFreePlans) throw new ApprovalRequired(request, whole);
  return { request, whole: await plans.execute(caller, { planId, planHash, amountMicros }) };
}

/**
 * Runs the plan of an earlier request.
 * @throws NotFound; Conflict `no_message` a plan that was made for none; what `Plans.execute` throws
 */
export async function runApproved(
  { plans, store }: AgentParts,
  caller: Caller,
  approval: Approval,
): Promise<PreparedRequest> {
  const { requestId } = plans.find(caller, approval.planId).plan;
  const request = store.find(requestId);
  if (!request) {
    const message =
      'No message asked for this plan: approve it at /api/v1/studio/agent/approval-plans/execute.';
    throw new Conflict(message, 'no_message');
  }
  return { request, whole: await plans.execute(caller, approval) };
}

/** @throws NotFound unknown, or another account's */
export function findRequest(store: RequestStore, { accountId }: Caller, requestId: string): AgentRequest {
  const request = store.find(requestId);
  if (!request || request.accountId !== accountId) throw new NotFound(`The request ${requestId}`);
  return request;
}
