import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtemp, mkdir, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Static, type TSchema, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { fits } from '../fits.ts';
import { ProtocolClient } from '../testing/protocol-client.ts';
import { settlesWithin } from './deadline.ts';
import { type ErrorBody, InitializeResult, ProgressParams, ResidencyResult, RunResult } from './protocol.ts';
import { protocolVersion, type Response, rpcCode } from './protocol.ts';

export interface ConformanceJob {
  task: string;
  params: object;
  /** A job of the same task that reports progress and goes on for at least a second after that; to be canceled. */
  longParams: object;
  /** The output files that `params` must make, main one first; default: any. */
  outputs?: readonly string[];
  /** Seconds that the program may take to start and to run `params`; default 20. */
  seconds?: number;
}

/**
 * The tests that every runner program passes, in whatever language it is written.
 * @param command as in a manifest: `bun` is the running Bun, paths start at the project's root
 */
export function runnerConformance(name: string, command: readonly string[], job: ConformanceJob): void {
  const milliseconds = (job.seconds ?? 20) * 1000;
  describe(`${name} as a runner`, () => {
    const runner = new RunnerUnderTest(command, job);
    beforeAll(() => runner.start());
    afterAll(() => runner.end());

    test('says who it is, what it does and how many jobs it takes', async () => {
      const hello = await runner.initialize();
      expect(hello.protocolVersion).toBe(protocolVersion);
      expect(hello.tasks).toContain(job.task);
    });

    test('loads, parks and wakes, and says what it holds', async () => {
      const load = { model: name, modelFolder: null, device: 'cpu', dtype: null, memoryMode: null };
      resultOf(ResidencyResult, await runner.client.request('load', load));
      resultOf(ResidencyResult, await runner.client.request('park', {}));
      resultOf(ResidencyResult, await runner.client.request('wake', {}));
    });

    test('refuses a method that it does not know, and lives on', async () => {
      expect(errorOf(await runner.client.request('dance', {})).code).toBe(rpcCode.methodNotFound);
      await runner.initialize();
    });

    test('answers a line that is not JSON with a parse error, and lives on', async () => {
      expect(errorOf(await runner.client.sendLine('{"jsonrpc": "2.0", "id": 1, ')).code).toBe(rpcCode.parse);
      await runner.initialize();
    });

    test('answers JSON that is no request with an error, and lives on', async () => {
      expect(errorOf(await runner.client.sendLine('[]')).code).toBe(rpcCode.invalidRequest);
      expect(errorOf(await runner.client.sendLine('{"jsonrpc":"2.0"}')).code).toBe(rpcCode.invalidRequest);
      await runner.initialize();
    });

    test(
      'runs a job, and the outputs that it names lie in the output folder',
      () => runner.checkRun(),
      milliseconds,
    );

    test(
      'reports progress that never goes back and stays within 0 and 1',
      async () => {
        const { progress } = await runner.checkRun();
        const fractions = progress.map((report) => report.fraction);
        expect(fractions.length).toBeGreaterThan(0);
        expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
        for (const { step, steps } of progress) expect(step).toBeLessThanOrEqual(steps);
      },
      milliseconds,
    );

    test('refuses a task that it does not do as invalid input', async () => {
      const { answer } = await runner.run({ task: 'no.such.task', params: {} });
      expect(errorOf(await answer).data?.kind).toBe('invalid_input');
    });

    test(
      'stops a canceled job within two seconds, and runs the next one',
      async () => {
        const { jobId, answer } = await runner.run({ task: job.task, params: job.longParams });
        await runner.client.noticed('progress', jobId);
        resultOf(Type.Object({}), await runner.client.request('cancel', { jobId }));
        expect(await settlesWithin(answer, 2)).toBe(true);
        expect(errorOf(await answer).data?.kind).toBe('canceled');
        await runner.checkRun();
      },
      milliseconds,
    );

    test('is not disturbed by a cancel of a job that it does not run', async () => {
      resultOf(Type.Object({}), await runner.client.request('cancel', { jobId: 'job_unknown' }));
    });

    test(
      'ends by itself when its stdin ends, also in the middle of a job',
      async () => {
        const { jobId } = await runner.run({ task: job.task, params: job.longParams });
        await runner.client.noticed('progress', jobId);
        const finished = runner.client.finish();
        expect(await settlesWithin(finished, 5)).toBe(true);
        expect((await finished).signal).toBeNull();
      },
      milliseconds,
    );

    test('wrote nothing but the protocol on stdout', () => {
      expect(runner.client.strayLines).toEqual([]);
    });
  });
}

/** The child, its folders, and the exchanges that several tests share. */
class RunnerUnderTest {
  client!: ProtocolClient;
  #root = '';
  #jobs = 0;

  constructor(
    readonly command: readonly string[],
    readonly job: ConformanceJob,
  ) {}

  async start(): Promise<void> {
    this.#root = await mkdtemp(join(tmpdir(), 'kt-conformance-'));
    this.client = new ProtocolClient(this.command);
  }

  async end(): Promise<void> {
    await this.client.kill();
    await rm(this.#root, { recursive: true });
  }

  async initialize(): Promise<InitializeResult> {
    const answer = await this.client.request('initialize', { protocolVersion, scratchRoot: this.#root });
    return resultOf(InitializeResult, answer);
  }

  /** Sends a job with fresh folders; doesn't wait for its answer. */
  async run(job: { task: string; params: object }) {
    const jobId = `job_${++this.#jobs}`;
    const outputFolder = join(this.#root, jobId, 'out');
    const scratchFolder = join(this.#root, jobId, 'scratch');
    await mkdir(outputFolder, { recursive: true });
    await mkdir(scratchFolder);
    const { task, params } = job;
    const answer = this.client.request('run', { jobId, task, params, outputFolder, scratchFolder });
    return { jobId, outputFolder, answer };
  }

  /** Runs the good job to its end and checks its outputs. */
  async checkRun(): Promise<{ progress: ProgressParams[] }> {
    const { jobId, outputFolder, answer } = await this.run(this.job);
    const names = resultOf(RunResult, await answer).outputs.map((output) => output.filename);
    const written = await readdir(outputFolder);
    expect(names.filter((name) => !written.includes(name))).toEqual([]);
    if (this.job.outputs) expect(names).toEqual([...this.job.outputs]);
    const progress = this.client.notifications.flatMap(({ method, params }) =>
      method === 'progress' && fits(ProgressParams, params) && params.jobId === jobId ? [params] : [],
    );
    return { progress };
  }
}

function resultOf<Schema extends TSchema>(schema: Schema, answer: Response): Static<Schema> {
  if ('error' in answer) throw new Error(`The runner answered with an error: ${answer.error.message}`);
  return Value.Decode(schema, answer.result);
}

function errorOf(answer: Response): ErrorBody {
  if ('error' in answer) return answer.error;
  throw new Error('The runner answered with a result where an error was due.');
}
