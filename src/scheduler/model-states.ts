import type { Clock } from '../clock.ts';
import type { RunnerState } from '../runners/runner.ts';
import type { Runners } from '../runners/runners.ts';
import type { ModelState } from './model.ts';

/** A start that was never measured is expected to take this long. */
const startSecondsGuess = 0.5;

/** The runners as the policy sees them, kept up to date by their own reports. */
export interface ModelStates {
  all(): ReadonlyMap<string, ModelState>;
  /** A run of this model ended now: its idle time starts anew. */
  used(model: string): void;
}

/** @param onChange called after every change of any runner */
export function watchModels(options: { runners: Runners; clock: Clock; onChange: () => void }): ModelStates {
  const { runners, clock, onChange } = options;
  const states = new Map<string, ModelState>();
  for (const runner of runners.all) {
    const { name } = runner.manifest;
    const state: ModelState = {
      state: 'stopped',
      retryAt: 0,
      concurrency: 1,
      lastUsedAt: clock(),
      startSeconds: startSecondsGuess,
    };
    let startedAt = 0;
    const follow = (now: RunnerState) => {
      if (now.name === 'starting') startedAt = clock();
      if (now.name === 'ready' && state.state === 'starting') {
        state.startSeconds = (clock() - startedAt) / 1000;
        state.lastUsedAt = clock();
      }
      if (now.name === 'ready') state.concurrency = now.concurrency;
      if (now.name === 'backoff') state.retryAt = now.retryAt;
      state.state = now.name;
      onChange();
    };
    runner.onChange(follow);
    states.set(name, state);
  }
  return {
    all: () => states,
    used(model) {
      const state = states.get(model);
      if (state) state.lastUsedAt = clock();
    },
  };
}
