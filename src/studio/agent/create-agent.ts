import { type ListedRequest, listRequests, type RequestListRequest } from './list-requests.ts';
import { type AgentParts, type Message, type PreparedRequest, prepareRequest } from './prepare-request.ts';
import { findRequest, runApproved, runFree } from './run-message.ts';
import { createRequestStore } from './store.ts';
import { createPlaces } from '../../jobs/places.ts';
import type { OpenDatabase } from '../../db/open.ts';
import type { Page } from '../../page.ts';
import type { Caller } from '../../identity/authenticate.ts';
import type { Approval } from '../plans/execute-plan.ts';

interface AgentOptions extends Omit<AgentParts, 'store' | 'places'> {
  database: OpenDatabase;
  /** Whether a plan that costs nothing runs without being asked for. */
  runsFreePlans: (accountId: string) => boolean;
}

/** Studio's agent: answers in words, proposes plans, and spends nothing that was not approved. */
export type Agent = ReturnType<typeof createAgent>;

export function createAgent(options: AgentOptions) {
  const { database, runsFreePlans, ...given } = options;
  const parts: AgentParts = { ...given, store: createRequestStore(database), places: createPlaces() };
  const { store, writer, clock, plans } = parts;
  return {
    clock,
    plans,
    /** @throws what `prepareRequest` throws */
    prepare: (caller: Caller, message: Message, signal: AbortSignal): Promise<PreparedRequest> =>
      prepareRequest(parts, caller, message, signal),
    /** @throws ApprovalRequired where the plan is not free; what `prepareRequest` and `Plans.execute` throw */
    async say(caller: Caller, message: Message, signal: AbortSignal): Promise<PreparedRequest> {
      const prepared = await prepareRequest(parts, caller, message, signal);
      return runFree(parts, caller, prepared, runsFreePlans(caller.accountId));
    },
    /** @throws NotFound; what `Plans.execute` throws */
    approve: (caller: Caller, approval: Approval): Promise<PreparedRequest> =>
      runApproved(parts, caller, approval),
    /** @throws NotFound */
    find: (caller: Caller, requestId: string): PreparedRequest => ({
      request: findRequest(store, caller, requestId),
      whole: plans.ofRequest(requestId),
    }),
    /** Newest first. @throws NotFound the conversation; BadCursor */
    list: (caller: Caller, request: RequestListRequest): Page<ListedRequest> =>
      listRequests(parts, caller, request),
    /** Messages whose answer the last process took with it. Called once, before the first request. */
    async recover(): Promise<void> {
      const lost = { state: 'failed', errorCode: 'interrupted', answeredAt: clock() } as const;
      const errorMessage = 'The appliance stopped before it had answered; send the message again.';
      const left = store.planning();
      if (left.length === 0) return;
      await writer.write(() => {
        for (const { id } of left) store.update(id, { ...lost, errorMessage });
      });
    },
  };
}
