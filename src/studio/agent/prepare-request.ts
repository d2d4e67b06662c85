import { randomBytes } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Writer } from '../../db/writer.ts';
import { ApplianceError, InvalidInput, ServiceUnavailable, TooManyRequests } from '../../errors.ts';
import type { Caller } from '../../identity/authenticate.ts';
import type { Places } from '../../jobs/places.ts';
import type { Log } from '../../log.ts';
import { type Planner, PlannerFailed } from '../planner/planner.ts';
import type { Plans, WholePlan } from '../plans/create-plans.ts';
import { stepsMax } from '../plans/plan.ts';
import type { ChosenFiles, Conversations } from './doors.ts';
import type { RequestStore } from './store.ts';
import type { AgentRequest } from './tables.ts';

/** What somebody says to the agent. */
export interface Message {
  message: string;
  threadId: string | null;
  projectId: string | null;
  assetIds: readonly string[];
}

export interface AgentParts {
  store: RequestStore;
  writer: Writer;
  clock: Clock;
  log: Log;
  plans: Plans;
  planner: Planner;
  conversations: Conversations;
  files: ChosenFiles;
  /** What the account wants the planner to know beside every message. */
  instructionsOf: (accountId: string) => string;
  /** Of requests whose planner is at work. */
  places: Places;
}

export interface PreparedRequest {
  request: AgentRequest;
  whole: WholePlan | null;
}

/** Messages that are planned at once: each may keep a model busy for a minute. */
const planningMax = 8;
const planningPerAccountMax = 4;
const retrySeconds = 5;
const turnsShown = 20;

/**
 * Has a message answered: in words, and with a plan where there is something to make. Nothing is spent.
 * @throws NotFound a thread, project or file that is not the account's
 * @throws ServiceUnavailable `planner_busy`, `planner_failed`; TooManyRequests `account_planner_busy`; what pricing the
 *   plan throws
 */
export async function prepareRequest(
  parts: AgentParts,
  caller: Caller,
  message: Message,
  signal: AbortSignal,
): Promise<PreparedRequest> {
  const leave = enter(parts.places, caller.accountId);
  try {
    const request = await parts.writer.write(() => writeDown(parts, caller, message));
    return await answer(parts, caller, request, signal).catch(async (error) => {
      await fail(parts, request, error);
      throw error instanceof PlannerFailed ? plannerFailed(error) : error;
    });
  } finally {
    leave();
  }
}

/** @returns what gives the place back @throws ServiceUnavailable, TooManyRequests */
function enter(places: Places, accountId: string): () => void {
  if (places.of(accountId) >= planningPerAccountMax) {
    const message = `${planningPerAccountMax} of your messages are being answered, the most at once; send it again.`;
    throw new TooManyRequests(message, retrySeconds, 'account_planner_busy');
  }
  if (places.total >= planningMax) {
    const message = 'Too many messages are being answered; send it again.';
    throw new ServiceUnavailable(message, 'planner_busy', retrySeconds);
  }
  return places.take(accountId);
}

/** Called inside `Writer.write`. */
function writeDown(
  { store, clock, conversations, files }: AgentParts,
  caller: Caller,
  message: Message,
): AgentRequest {
  const { accountId } = caller;
  files.describe(accountId, message.assetIds);
  const { threadId, projectId } = conversations.threadFor({ ...message, accountId });
  const request: AgentRequest = {
    ...{ id: `req_${randomBytes(12).toString('hex')}`, accountId, threadId, projectId },
    ...{
      message: message.message,
      assetIds: [...message.assetIds],
      state: 'planning',
      planner: null,
      reply: null,
    },
    ...{ errorCode: null, errorMessage: null, deletedPlan: null, createdAt: clock(), answeredAt: null },
  };
  store.insert(request);
  conversations.add({ threadId, requestId: request.id, role: 'user', text: message.message });
  return request;
}

async function answer(
  parts: AgentParts,
  caller: Caller,
  request: AgentRequest,
  signal: AbortSignal,
): Promise<PreparedRequest> {
  const { store, writer, clock, plans, planner, conversations, files, instructionsOf } = parts;
  const { id, accountId, threadId, projectId } = request;
  const instructions = instructionsOf(accountId);
  const planned = await planner.plan(
    {
      message: request.message,
      // The last of them is the message itself.
      turns: conversations.recent(threadId, turnsShown + 1).slice(0, -1),
      files: files.describe(accountId, request.assetIds),
      ...(instructions === '' ? {} : { instructions }),
      stepsMax,
    },
    signal,
  );
  const { reply, steps } = planned;
  const answered = { state: 'answered', reply, planner: planner.name, answeredAt: clock() } as const;
  const alongside = () => {
    store.update(id, answered);
    conversations.add({ threadId, requestId: id, role: 'assistant', text: reply });
  };
  const whole =
    steps.length > 0
      ? await plans.propose(caller, { steps, projectId, requestId: id, alongside })
      : await writer.write(() => (alongside(), null));
  return { request: { ...request, ...answered }, whole };
}

/** What went wrong stays with the request; a mistake of ours is told to the log alone. */
async function fail(
  { store, writer, clock, planner, log }: AgentParts,
  request: AgentRequest,
  error: unknown,
): Promise<void> {
  const known = error instanceof PlannerFailed ? plannerFailed(error) : error;
  const { code, message } =
    known instanceof ApplianceError
      ? known
      : { code: 'internal_error', message: 'Something went wrong on our side.' };
  log.warn('a message was not answered', { requestId: request.id, planner: planner.name, error });
  const failed = { state: 'failed', planner: planner.name, answeredAt: clock() } as const;
  await writer.persist(
    () => void store.update(request.id, { ...failed, errorCode: code, errorMessage: message }),
  );
}

function plannerFailed(error: PlannerFailed): ApplianceError {
  // A plan that no task takes is told issue by issue, like any bad request.
  if (error.cause instanceof InvalidInput) return error.cause;
  return new ServiceUnavailable(error.message, 'planner_failed', retrySeconds);
}
