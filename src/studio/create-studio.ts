import type { AuditLog } from '../audit/store.ts';
import type { Clock } from '../clock.ts';
import type { OpenDatabase } from '../db/open.ts';
import type { Writer } from '../db/writer.ts';
import { NotFound } from '../errors.ts';
import type { JobDesk } from '../jobs/desk.ts';
import type { KeySpendingStore } from '../jobs/key-spending/store.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Log } from '../log.ts';
import { createAgent } from './agent/create-agent.ts';
import type { Planner } from './planner/planner.ts';
import { createPlans } from './plans/create-plans.ts';
import { settingsOf } from './workspace/settings.ts';
import { createWorkspace } from './workspace/create-workspace.ts';

interface StudioOptions {
  database: OpenDatabase;
  writer: Writer;
  ledger: Ledger;
  audit: AuditLog;
  clock: Clock;
  log: Log;
  desk: JobDesk;
  keySpending: KeySpendingStore;
  planner: Planner;
}

/** Projects, conversations, files, and an agent that quotes before it spends. */
export type Studio = ReturnType<typeof createStudio>;

export function createStudio(options: StudioOptions) {
  const files = {
    assetUrl(_accountId: string, assetId: string): string {
      throw new NotFound(`The asset ${assetId}`);
    },
    keepOutputs: () => Promise.resolve([]),
    describe(_accountId: string, [assetId]: readonly string[]) {
      if (assetId !== undefined) throw new NotFound(`The asset ${assetId}`);
      return [];
    },
  };
  const workspace = createWorkspace(options);
  const plans = createPlans({ ...options, files });
  const agent = createAgent({
    ...{ ...options, files, plans, conversations: workspace.conversations },
    instructionsOf: (accountId) => settingsOf(workspace, accountId).instructions,
    runsFreePlans: (accountId) => settingsOf(workspace, accountId).runFreePlans,
  });
  return {
    ...{ workspace, plans, agent },
    /** Takes up what an earlier process left. Called once, before the first request. */
    async recover(): Promise<void> {
      await agent.recover();
      plans.recover();
    },
    stop: () => plans.stop(),
  };
}
