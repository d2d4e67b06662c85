import { randomBytes } from 'node:crypto';
import type { AuditLog } from '../../audit/store.ts';
import type { Clock } from '../../clock.ts';
import type { OpenDatabase } from '../../db/open.ts';
import type { Writer } from '../../db/writer.ts';
import type { Caller } from '../../identity/authenticate.ts';
import type { JobDesk } from '../../jobs/desk.ts';
import type { KeySpendingStore } from '../../jobs/key-spending/store.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { Log } from '../../log.ts';
import type { Page } from '../../page.ts';
import type { Settings } from '../../settings/load-settings.ts';
import type { Approvers } from './assert-may-go-on.ts';
import { assertNotFinished, cancelPlan } from './cancel-plan.ts';
import { type Approval, executePlan } from './execute-plan.ts';
import { findPlan } from './find-plan.ts';
import { deleteOffers } from './delete-offers.ts';
import type { DraftStep } from './plan.ts';
import { createPlanRuns } from './plan-runs.ts';
import { type PlanFiles, pricePlan } from './price-plan.ts';
import { proposePlan } from './propose-plan.ts';
import type { KeepOutputs } from './run-step.ts';
import { createPlanStore } from './store.ts';
import { listPlans, type PlanListRequest, type PlanSummary, summarize } from './list-plans.ts';
import type { Plan, PlanStep } from './tables.ts';

interface PlansOptions {
  settings: Pick<Settings, 'studio'>;
  database: OpenDatabase;
  writer: Writer;
  ledger: Ledger;
  audit: AuditLog;
  clock: Clock;
  /** For how long things are kept: it isn't set back. */
  retentionClock: Clock;
  log: Log;
  desk: JobDesk;
  keySpending: KeySpendingStore;
  approvers: Approvers;
  files: PlanFiles & KeepOutputs;
  /** @throws NotFound unknown, or another account's */
  assertProject: (accountId: string, projectId: string) => void;
  /** @throws NotFound unknown, or another account's */
  assertThread: (accountId: string, threadId: string) => void;
  /** Seconds before a step that found no room is tried again. */
  retrySeconds?: number;
}

/** A plan with its steps, in an order in which each comes after those that it depends on. */
export interface WholePlan {
  plan: Plan;
  steps: PlanStep[];
}

/** Plans of several jobs: priced before, approved whole, carried out step by step. */
export interface Plans {
  /**
   * @param request.requestId of the agent's request that it answers; absent: made for this
   * @param request.alongside called in the transaction that writes the offer down
   * @throws InvalidInput, NotFound
   */
  propose(
    caller: Caller,
    request: {
      steps: readonly DraftStep[];
      projectId: string | null;
      requestId?: string;
      alongside?: () => void;
    },
  ): Promise<WholePlan>;
  /** @throws NotFound, Conflict, PriceChanged, PlanExpired, InsufficientBalance, SpendCapReached */
  execute(caller: Caller, approval: Approval): Promise<WholePlan>;
  /**
   * Takes a plan back: an offer is withdrawn, and of one that runs the jobs are canceled and no step begins any more.
   * @returns the plan, which still runs where a job takes long to let go
   * @throws NotFound; Conflict `plan_finished`: it succeeded or failed, perhaps at that very moment
   */
  cancel(caller: Caller, planId: string): Promise<WholePlan>;
  /** @throws NotFound unknown, or another account's */
  find(caller: Caller, planId: string): WholePlan;
  /** The caller's, newest first. @throws NotFound the project or the conversation; BadCursor */
  list(caller: Caller, request: PlanListRequest): Page<PlanSummary>;
  ofRequest(requestId: string): WholePlan | null;
  /** The plans of those requests that have one. */
  ofRequests(requestIds: readonly string[]): PlanSummary[];
  /** Calls `onChange` after each change of the plan. @returns a function that ends it */
  watch(planId: string, onChange: () => void): () => void;
  /** Deletes offers that nobody took. */
  deleteOffers(): Promise<void>;
  /** Takes up what an earlier process left. */
  recover(): void;
  stop(): Promise<void>;
}

export function createPlans(options: PlansOptions): Plans {
  const { database, writer, clock, settings, retrySeconds = 5 } = options;
  const store = createPlanStore(database);
  const watchers = new Map<string, Set<() => void>>();
  const changed = ({ id }: Plan) => watchers.get(id)?.forEach((onChange) => onChange());
  const parts = { ...options, store, changed, retrySeconds };
  const runs = createPlanRuns(parts);
  const whole = (plan: Plan): WholePlan => ({ plan, steps: store.steps(plan.id) });
  return {
    async propose(caller, request) {
      const { projectId, requestId = `req_${randomBytes(12).toString('hex')}` } = request;
      const { accountId } = caller;
      if (projectId !== null) options.assertProject(accountId, projectId);
      const priced = await pricePlan(parts, caller, request.steps);
      return writer.write(() => {
        request.alongside?.();
        return proposePlan(store, { accountId, requestId, projectId, priced, now: clock() });
      });
    },
    async execute(caller, approval) {
      const { plan, isNew } = await executePlan(parts, caller, approval);
      if (isNew) {
        runs.start(plan);
        changed(plan);
      }
      return whole(plan);
    },
    async cancel(caller, planId) {
      const canceled = await cancelPlan(parts, caller, planId);
      changed(canceled);
      if (canceled.state === 'running') await runs.cancel(canceled);
      const plan = findPlan(store, caller, planId);
      assertNotFinished(plan);
      return whole(plan);
    },
    find: (caller, planId) => whole(findPlan(store, caller, planId)),
    list: (caller, request) => listPlans(parts, caller, request),
    ofRequests: (requestIds) => summarize(store, store.ofRequests(requestIds)),
    ofRequest(requestId) {
      const plan = store.ofRequest(requestId);
      return plan ? whole(plan) : null;
    },
    watch(planId, onChange) {
      const set = watchers.get(planId) ?? new Set();
      watchers.set(planId, set.add(onChange));
      return () => {
        set.delete(onChange);
        if (set.size === 0) watchers.delete(planId);
      };
    },
    deleteOffers: () => deleteOffers({ ...parts, afterDays: settings.studio.expiredPlanDays }),
    recover: () => runs.recover(),
    stop: () => runs.stop(),
  };
}
