import type { Manifest } from './manifest.ts';
import { type Runner, type RunnerOptions, createRunner } from './runner.ts';

/** One supervisor for each manifest. */
export interface Runners {
  all: readonly Runner[];
  /** @throws Error when no manifest has this name: a mistake of the caller */
  runnerFor(model: string): Runner;
  /** Stops all of them at the same time. */
  stop(options: { graceSeconds: number }): Promise<void>;
}

export function createRunners(
  options: Omit<RunnerOptions, 'manifest'> & { manifests: readonly Manifest[] },
): Runners {
  const { manifests, ...shared } = options;
  const byModel = new Map(
    manifests.map((manifest) => {
      const { startSeconds = shared.limits.startSeconds } = manifest;
      const limits = { ...shared.limits, startSeconds };
      return [manifest.name, createRunner({ ...shared, limits, manifest })];
    }),
  );
  const all = [...byModel.values()];
  return {
    all,
    runnerFor(model) {
      const runner = byModel.get(model);
      if (!runner) throw new Error(`There is no model named ${model}.`);
      return runner;
    },
    async stop(stopOptions) {
      await Promise.all(all.map((runner) => runner.stop(stopOptions)));
    },
  };
}
