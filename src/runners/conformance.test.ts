import { type FakeJob, fakeRunnerCommand } from '../testing/fake-runner.ts';
import { runnerConformance } from './conformance.ts';

const task = 'fake.task';
const params: FakeJob = { progressSteps: 3 };
const longParams: FakeJob = { progressSteps: 20, milliseconds: 20_000 };
const outputs = ['output.txt'];

runnerConformance('the fake runner', fakeRunnerCommand(), { task, params, longParams, outputs });
