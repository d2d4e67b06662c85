import type { Manifest } from '../runners/manifest.ts';
import type { Settings } from '../settings/load-settings.ts';
import type { JobRules } from './parts.ts';
import { taskModels } from './task-models.ts';

/**
 * What the operator has set for jobs.
 * @throws SettingsError for a task's model that there is not
 */
export function jobRules(
  { engines, jobs, storage }: Settings,
  { filesRoot, manifests }: { filesRoot: string; manifests: readonly Manifest[] },
): JobRules {
  return {
    profile: engines.profile,
    gpuModels: taskModels(engines.models, manifests),
    attemptsMax: jobs.maxAttempts,
    interruptionsMax: jobs.interruptionsMax,
    queuedPerAccountMax: jobs.queuedPerAccountMax,
    queuedMax: jobs.queuedMax,
    streamsPerAccountMax: jobs.streamsPerAccountMax,
    promiseHours: storage.promiseHours,
    deleteHours: storage.deleteHours,
    filesRoot,
    lowWaterBytes: storage.lowWaterBytes,
  };
}
