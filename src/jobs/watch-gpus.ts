import type { Log } from '../log.ts';
import type { Models } from '../models/models.ts';
import type { Runners } from '../runners/runners.ts';
import type { ModelState } from '../scheduler/model.ts';
import type { Scheduler } from '../scheduler/scheduler.ts';

/**
 * Looks again and again which GPUs there are, and at once when a runner died. The runners on one that was lost are
 * ended: what they hold there is gone, also when it comes back. Their jobs are tried again once it is. One that comes
 * later, as after a driver that was loaded late, is used from then on.
 * @param parts.guessAgain called when a GPU came or went: what models take may be another memory mode's now
 * @returns `stop`, which ends the looking
 */
export function watchGpus(parts: {
  models: Models;
  runners: Runners;
  scheduler: Scheduler;
  modelStates: () => ReadonlyMap<string, ModelState>;
  guessAgain: () => void;
  lookSeconds: number;
  log: Log;
}): { stop: () => void } {
  const { models, runners, scheduler, modelStates, guessAgain, lookSeconds, log } = parts;
  const { presence } = models;
  if (!presence.isWatched) return { stop: () => undefined };
  let hasStopped = false;
  const look = () => {
    if (!hasStopped) void presence.look();
  };
  const follow = () => {
    if (hasStopped) return;
    const lost = new Set(presence.lost().map(({ device }) => device));
    for (const [model, { gpu }] of modelStates()) {
      if (!gpu || gpu.device === null || !lost.has(gpu.device)) continue;
      log.warn('a model is ended because its GPU is lost', { model, device: gpu.device });
      void runners.runnerFor(model).stop({ graceSeconds: 0 });
    }
    guessAgain();
    scheduler.wake();
  };
  presence.onChange(follow);
  for (const runner of runners.all) {
    if (runner.manifest.engine !== 'gpu') continue;
    runner.onChange(({ name }) => {
      if (name === 'backoff') look();
    });
  }
  const timer = setInterval(look, lookSeconds * 1000);
  return {
    stop() {
      hasStopped = true;
      clearInterval(timer);
    },
  };
}
