import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Log, silentLog } from '../log.ts';
import type { RunnerFolders } from '../runners/launch.ts';
import type { Manifest } from '../runners/manifest.ts';
import type { ProgressParams } from '../runners/protocol.ts';
import type { RunnerLimits, RunnerTiming, RunOutcome } from '../runners/run.ts';
import { createRunner, type Runner, type RunnerState } from '../runners/runner.ts';
import { type FakeJob, fakeRunnerCommand } from './fake-runner.ts';

/** A manifest of the fake runner. */
export const fakeManifest: Manifest = {
  name: 'fake',
  tasks: ['fake.task'],
  engine: 'embedded',
  version: '1',
  command: fakeRunnerCommand(),
  cpuSlots: 1,
  vramBytes: 0,
  estimate: { seconds: 0, secondsPerUnit: 0 },
};

/** Far enough away that only the test's own limit is met. */
const generousLimits: RunnerLimits = {
  startSeconds: 20,
  stallSeconds: 20,
  outputBytesMax: 10_000_000,
  logBytesMax: 1_000_000,
};

const quickTiming: RunnerTiming = {
  cancelSeconds: 0.2,
  exitSeconds: 2,
  checkSeconds: 0.05,
  backoffFirstSeconds: 0.01,
  backoffMaxSeconds: 0.05,
};

interface StartedJob {
  outputFolder: string;
  scratchFolder: string;
  progress: ProgressParams[];
  /** Resolves at the first progress notification. */
  underWay: Promise<void>;
  outcome: Promise<RunOutcome>;
}

/** A runner with real folders and a real (fake) child; `await using` stops it and deletes the folders. */
export class SupervisedRunner implements AsyncDisposable {
  readonly states: RunnerState['name'][] = [];

  private constructor(
    readonly folders: RunnerFolders,
    readonly runner: Runner,
  ) {
    runner.onChange((state) => this.states.push(state.name));
  }

  static async create(
    options: {
      args?: string[];
      manifest?: Partial<Manifest>;
      limits?: Partial<RunnerLimits>;
      timing?: Partial<RunnerTiming>;
      environment?: Record<string, string>;
      log?: Log;
      now?: () => number;
    } = {},
  ): Promise<SupervisedRunner> {
    const root = await mkdtemp(join(tmpdir(), 'kt-runner-'));
    const folders = {
      project: process.cwd(),
      environments: join(root, 'environments'),
      logs: join(root, 'logs'),
      run: join(root, 'run'),
      scratch: root,
    };
    const runner = createRunner({
      manifest: { ...fakeManifest, command: fakeRunnerCommand(...(options.args ?? [])), ...options.manifest },
      clock: options.now ?? (() => 1_000_000),
      log: options.log ?? silentLog,
      folders,
      limits: { ...generousLimits, ...options.limits },
      environment: { PATH: process.env.PATH, ...options.environment },
      timing: { ...quickTiming, ...options.timing },
    });
    return new SupervisedRunner(folders, runner);
  }

  /** Makes the job's folders and sends it. */
  async startJob(params: FakeJob, jobId = 'job_1'): Promise<StartedJob> {
    const outputFolder = join(this.folders.scratch, jobId, 'out');
    const scratchFolder = join(this.folders.scratch, jobId, 'scratch');
    await mkdir(outputFolder, { recursive: true });
    await mkdir(scratchFolder, { recursive: true });
    const progress: ProgressParams[] = [];
    const { promise: underWay, resolve } = Promise.withResolvers<void>();
    const onProgress = (report: ProgressParams) => {
      progress.push(report);
      resolve();
    };
    const request = { jobId, task: 'fake.task', params, outputFolder, scratchFolder, onProgress };
    return { outputFolder, scratchFolder, progress, underWay, outcome: this.runner.run(request) };
  }

  /** Sends a job and waits for its outcome. */
  async runJob(params: FakeJob, jobId?: string): Promise<RunOutcome> {
    return (await this.startJob(params, jobId)).outcome;
  }

  /** The process id that the runner has on record. */
  async processId(): Promise<number> {
    const text = await readFile(join(this.folders.run, `${this.runner.manifest.name}.pid`), 'utf8');
    return Number(JSON.parse(text).pid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.runner.stop({ graceSeconds: 0 });
    await rm(this.folders.scratch, { recursive: true });
  }
}

/** Whether a process runs; one that is dead but not yet collected by its parent doesn't. */
export async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  // The state is the field after the name in parentheses, see proc(5).
  return stat !== null && !/\) [ZX] /.test(stat);
}

/** Looks until the process is gone. */
export async function gone(pid: number): Promise<void> {
  while (await isAlive(pid)) await Bun.sleep(5);
}
