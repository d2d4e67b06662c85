import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createEngines } from '../jobs/create-engines.ts';
import { createJobs, type Jobs } from '../jobs/create-jobs.ts';
import { expireOutputs } from '../jobs/expire-outputs.ts';
import { jobRules } from '../jobs/job-rules.ts';
import { createKeySpendingStore } from '../jobs/key-spending/store.ts';
import { createJobStore } from '../jobs/store.ts';
import { createEstimates } from '../scheduler/estimates.ts';
import { createStorage } from '../storage/create-storage.ts';
import { stagingLimits } from '../storage/staging-limits.ts';
import { createAssetFinder } from '../studio/assets/find-kept-file.ts';
import type { Core } from './core.ts';

/** Storage, models and runners, and the jobs on them. */
export async function buildJobs(core: Core): Promise<Jobs> {
  const { settings, steadyClock, log } = core;
  const { dataFolder, projectRoot, inputs, runner } = settings;
  const storage = await createStorage({
    dataFolder,
    outputBytesMax: runner.maxOutputBytes,
    limits: stagingLimits(inputs),
    lowWaterBytes: settings.storage.lowWaterBytes,
    expire: (freeBytesWanted) => expireOutputs(jobs.parts, freeBytesWanted),
    findKept: createAssetFinder({ database: core.database, filesRoot: join(dataFolder, 'files') }),
    ...{ guardedFetch: core.guardedFetch, clock: core.retentionClock, steadyClock, log },
  });
  mkdirSync(storage.filesRoot, { recursive: true });
  const { manifests, models, runners } = await createEngines({
    ...{ settings, clock: steadyClock, log, environment: core.environment },
    modelsFolder: core.modelsFolder ?? join(projectRoot, 'models'),
    scratchRoot: storage.scratchRoot,
  });
  const jobs = createJobs({
    ...core,
    ...storage,
    runners,
    models,
    store: createJobStore(core.database.db),
    keySpending: createKeySpendingStore(core.database),
    estimates: createEstimates(new Map(manifests.map(({ name, estimate }) => [name, estimate]))),
    judgeUrl: (url) => core.guardedFetch.judge(url)?.message ?? null,
    capacity: { cpu: settings.scheduler.cpuSlots || availableParallelism() },
    rules: jobRules(settings, { filesRoot: storage.filesRoot, manifests }),
  });
  return jobs;
}
