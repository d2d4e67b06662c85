import type { AuditLog } from '../audit/store.ts';
import type { Clock } from '../clock.ts';
import type { OpenDatabase } from '../db/open.ts';
import type { Writer } from '../db/writer.ts';
import type { IdentityStore } from '../identity/store.ts';
import type { JobDesk } from '../jobs/desk.ts';
import type { Errands } from '../jobs/errands.ts';
import type { KeySpendingStore } from '../jobs/key-spending/store.ts';
import type { JobParts } from '../jobs/parts.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Log } from '../log.ts';
import type { Settings } from '../settings/load-settings.ts';
import { createAgent } from './agent/create-agent.ts';
import { createAssets } from './assets/create-assets.ts';
import type { Planner } from './planner/planner.ts';
import { createEmbedder } from './search/embedder.ts';
import { createPlans } from './plans/create-plans.ts';
import { createStanding } from './standing.ts';
import { findProject, findThread } from './workspace/projects.ts';
import { settingsOf } from './workspace/settings.ts';
import { createWorkspace } from './workspace/create-workspace.ts';
import { projectFor } from './workspace/threads.ts';

interface StudioOptions {
  settings: Settings;
  database: OpenDatabase;
  writer: Writer;
  ledger: Ledger;
  audit: AuditLog;
  clock: Clock;
  log: Log;
  desk: JobDesk;
  jobParts: JobParts;
  keySpending: KeySpendingStore;
  identity: IdentityStore;
  planner: Planner;
  errands: Pick<Errands, 'run'>;
}

/** Projects, conversations, files, and an agent that quotes before it spends. */
export type Studio = ReturnType<typeof createStudio>;

export function createStudio(options: StudioOptions) {
  const workspace = createWorkspace(options);
  const assets = createAssets({
    ...options,
    embedder: createEmbedder({ ...options.jobParts, errands: options.errands }),
    projects: { projectOf: (accountId, projectId) => projectFor(workspace, accountId, projectId) },
  });
  const files = assets.doors;
  const plans = createPlans({
    ...{ ...options, files, approvers: options.identity },
    retentionClock: options.jobParts.retentionClock,
    assertProject: (accountId, projectId) => void findProject(workspace, accountId, projectId),
    assertThread: (accountId, threadId) => void findThread(workspace, accountId, threadId),
  });
  const agent = createAgent({
    ...{ ...options, files, plans, conversations: workspace.conversations },
    instructionsOf: (accountId) => settingsOf(workspace, accountId).instructions,
    runsFreePlans: (accountId) => settingsOf(workspace, accountId).runFreePlans,
  });
  const standing = createStanding({ ...options, assets, plans });
  return {
    ...{ workspace, assets, plans, agent, standing },
    /** What must be done from time to time. */
    rounds: [{ seconds: 60 * 60, name: 'expired plans', work: () => plans.deleteOffers() }],
    /** Takes up what an earlier process left. Called once, before the first request. */
    async recover(): Promise<void> {
      await assets.recover();
      await agent.recover();
      plans.recover();
    },
    async stop(): Promise<void> {
      await plans.stop();
      await assets.stop();
    },
  };
}
