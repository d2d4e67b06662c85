import type { Caller } from '../../identity/authenticate.ts';
import { cutPage, type Page } from '../../page.ts';
import { cursorOf, readCursor } from '../newest-first.ts';
import type { PlanSummary } from '../plans/list-plans.ts';
import type { AgentParts } from './prepare-request.ts';
import type { AgentRequest } from './tables.ts';

export interface ListedRequest {
  request: AgentRequest;
  summary: PlanSummary | undefined;
}

export interface RequestListRequest {
  threadId: string;
  limit?: number;
  cursor?: string;
}

const pageSize = 20;

/** What was asked in a conversation, newest first. @throws NotFound the conversation; BadCursor */
export function listRequests(
  { store, plans, conversations }: Pick<AgentParts, 'store' | 'plans' | 'conversations'>,
  { accountId }: Caller,
  { threadId, limit = pageSize, cursor }: RequestListRequest,
): Page<ListedRequest> {
  conversations.assertThread(accountId, threadId);
  const before = readCursor(cursor);
  const list = (most: number) => store.ofThread(threadId, { before, limit: most });
  const { rows, nextCursor } = cutPage({
    limit,
    list,
    cursorOf: ({ createdAt: at, id }) => cursorOf({ at, id }),
  });
  const summaries = new Map(
    plans.ofRequests(rows.map(({ id }) => id)).map((summary) => [summary.plan.requestId, summary]),
  );
  return { rows: rows.map((request) => ({ request, summary: summaries.get(request.id) })), nextCursor };
}
