import { type FakeJob, fakeRunnerCommand } from '../testing/fake-runner.ts';
import { runnerConformance } from './conformance.ts';

const params: FakeJob = { progressSteps: 3 };
const longParams: FakeJob = { progressSteps: 20, milliseconds: 20_000 };
runnerConformance('the fake runner', fakeRunnerCommand(), {
  task: 'fake.task',
  params,
  longParams,
  outputs: ['output.txt'],
});

runnerConformance(
  'the Python echo runner',
  ['python3', 'gpu/protocol/run.py', 'gpu/protocol/echo_runner.py'],
  {
    task: 'echo',
    params: { steps: 3, noise: true },
    longParams: { steps: 200, stepSeconds: 0.1 },
    outputs: ['echo.json'],
  },
);
