import { expect, test } from 'bun:test';
import { nextStep, runnerFailure, type RunnerFailureKind } from './failure.ts';

const steps: Record<RunnerFailureKind, 'retry' | 'refund'> = {
  invalid_input: 'refund',
  out_of_memory: 'retry',
  canceled: 'refund',
  model_broken: 'refund',
  internal: 'retry',
  stalled: 'retry',
  exited: 'retry',
  interrupted: 'retry',
  bad_message: 'retry',
  output_too_large: 'refund',
  start_failed: 'retry',
};

test('a failure whose cause can pass is tried again, any other is refunded', () => {
  for (const kind of Object.keys(steps) as RunnerFailureKind[]) {
    expect([kind, nextStep(kind)]).toEqual([kind, steps[kind]]);
    expect(runnerFailure(kind, 'why')).toEqual({ kind, message: 'why', transient: steps[kind] === 'retry' });
  }
});
