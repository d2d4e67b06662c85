import { totalmem } from 'node:os';
import type { SchedulerRules } from '../scheduler/model.ts';
import type { Settings } from '../settings/load-settings.ts';

/** The settings of the policy, with what depends on the machine. */
export function schedulerRules({ scheduler }: Settings): SchedulerRules {
  return { ...scheduler, parkedBytesMax: scheduler.parkedBytesMax || totalmem() / 2 };
}
