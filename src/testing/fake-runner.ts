import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { EngineError, type RunContext, serveEngine } from '../embedded/serve.ts';
import { messageBytesMax, type RunnerErrorKind, type RunResult } from '../runners/protocol.ts';

/**
 * The `params` of a fake job: what the runner does, in this order. `{}` writes one small file and succeeds at once.
 */
export interface FakeJob {
  /** Bytes written to its stderr. */
  stderrBytes?: number;
  /** Starts a program that outlives every polite end, and writes its process id to `<output>/grandchild.pid`. */
  grandchild?: boolean;
  /** Progress notifications, evenly spread over `milliseconds`. */
  progressSteps?: number;
  /** Sends notifications of this kind for as long as the job takes, as fast as the pipe takes them. */
  floods?: 'progress' | 'log';
  /** How long the job takes. */
  milliseconds?: number;
  /** Goes on after a `cancel` as if nothing had come. */
  ignoresCancel?: boolean;
  /** Bytes written to the scratch folder. */
  scratchBytes?: number;
  /** Files to write; default: one `output.txt`. With `bytes` spaces fill them up to that size. */
  outputs?: readonly { filename: string; text: string; mimeType: string; bytes?: number }[];
  /** How it ends; default: `succeed`. */
  ending?: FakeEnding;
  /** With `crash`. */
  exitCode?: number;
}

/**
 * - `nothing`: succeeds without a file
 * - `hang`: never answers, but hears a cancel; `spin`: computes for ever and hears nothing
 * - `garbage`, `hugeLine`, `wrongShape`, `unknownId`, `request`, `wrongProgress`: breaks the protocol, then hangs
 * - a {@link RunnerErrorKind}: answers with that error
 */
export type FakeEnding =
  | 'succeed'
  | 'nothing'
  | 'crash'
  | 'hang'
  | 'spin'
  | 'garbage'
  | 'hugeLine'
  | 'wrongShape'
  | 'unknownId'
  | 'request'
  | 'wrongProgress'
  | RunnerErrorKind;

/** The command of a fake runner's manifest, e.g. `fakeRunnerCommand('--concurrency', '4', '--start-ms', '300')`. */
export function fakeRunnerCommand(...args: string[]): [string, ...string[]] {
  return ['bun', 'run', 'src/testing/fake-runner.ts', ...args];
}

/** A real task's runner gets that task's params: there the fake job is what the prompt spells as JSON. */
async function runFakeJob(params: FakeJob | { prompt: string }, context: RunContext): Promise<RunResult> {
  const job: FakeJob = 'prompt' in params ? JSON.parse(params.prompt) : params;
  if (job.stderrBytes) process.stderr.write(`${'e'.repeat(job.stderrBytes - 1)}\n`);
  if (job.grandchild) await startGrandchild(context.outputFolder);
  await work(job, context);
  if (job.scratchBytes) {
    await writeFile(join(context.scratchFolder, 'scratch.bin'), Buffer.alloc(job.scratchBytes));
  }
  return end(job, context);
}

/** It ignores the polite signals, so that only a kill of the whole group ends it. */
async function startGrandchild(outputFolder: string): Promise<void> {
  const grandchild = Bun.spawn(['sh', '-c', "trap '' TERM INT HUP; while :; do sleep 60; done"], {
    stdin: 'ignore',
    stdout: 'inherit',
    stderr: 'inherit',
  });
  await writeFile(join(outputFolder, 'grandchild.pid'), String(grandchild.pid));
}

async function work(job: FakeJob, context: RunContext): Promise<void> {
  if (job.floods) return flood(job, context);
  const steps = job.progressSteps ?? 0;
  const pauseMs = (job.milliseconds ?? 0) / Math.max(1, steps);
  if (steps === 0 && pauseMs > 0) await pause(job, context, pauseMs);
  for (let step = 1; step <= steps; step++) {
    await context.progress({ stage: 'faking', step, steps, fraction: step / steps });
    if (pauseMs > 0) await pause(job, context, pauseMs);
  }
}

/** In pieces of many lines: a program that writes line by line is slower than its reader. */
async function flood(job: FakeJob, { jobId, signal }: RunContext): Promise<void> {
  const endsAt = performance.now() + (job.milliseconds ?? 0);
  for (let step = 0; performance.now() < endsAt; step++) {
    signal.throwIfAborted();
    const fraction = Math.min(1, step / 1e6);
    const notification =
      job.floods === 'log'
        ? { method: 'log', params: { level: 'info', message: 'still flooding', jobId } }
        : { method: 'progress', params: { jobId, stage: 'flooding', step, steps: 1e6, fraction } };
    const line = `${JSON.stringify({ jsonrpc: '2.0', ...notification })}\n`;
    await new Promise((written) => process.stdout.write(line.repeat(500), written));
  }
}

function pause(job: FakeJob, { signal }: RunContext, milliseconds: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    if (job.ignoresCancel) return;
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(new EngineError('canceled', 'The job was canceled.'));
    });
  });
}

async function end(job: FakeJob, context: RunContext): Promise<RunResult> {
  const ending = job.ending ?? 'succeed';
  switch (ending) {
    case 'succeed':
      return writeOutputs(job, context.outputFolder);
    case 'nothing':
      return describe([]);
    case 'crash':
      return process.exit(job.exitCode ?? 1);
    case 'spin':
      for (;;);
    case 'hang':
      return hang(job, context);
    case 'garbage':
    case 'hugeLine':
    case 'wrongShape':
    case 'unknownId':
    case 'request':
    case 'wrongProgress':
      process.stdout.write(`${brokenLine(ending, context.jobId)}\n`);
      return hang(job, context);
    case 'invalid_input':
    case 'out_of_memory':
    case 'canceled':
    case 'model_broken':
    case 'internal':
      throw new EngineError(ending, `A fake ${ending}.`);
  }
}

async function writeOutputs(job: FakeJob, outputFolder: string): Promise<RunResult> {
  const outputs: FakeJob['outputs'] = job.outputs ?? [
    { filename: 'output.txt', text: 'fake', mimeType: 'text/plain' },
  ];
  for (const { filename, text, bytes = 0 } of outputs) {
    await writeFile(join(outputFolder, filename), text.padEnd(bytes));
  }
  return describe(outputs.map(({ filename, mimeType }) => ({ filename, mimeType })));
}

function describe(outputs: RunResult['outputs']): RunResult {
  return { outputs, metadata: { fake: true }, measurements: {} };
}

/** A pending promise alone would let the program end; stdin keeps it alive. */
function hang(job: FakeJob, context: RunContext): Promise<never> {
  return pause(job, context, 1e9).then(() => hang(job, context));
}

function brokenLine(
  how: 'garbage' | 'hugeLine' | 'wrongShape' | 'unknownId' | 'request' | 'wrongProgress',
  jobId: string,
): string {
  switch (how) {
    case 'garbage':
      return 'Loading model: 100% |##########|';
    case 'hugeLine':
      return JSON.stringify('x'.repeat(messageBytesMax));
    case 'wrongShape':
      // `initialize` was request 1 and `load` 2, so the first job is 3.
      return JSON.stringify({ jsonrpc: '2.0', id: 3, result: { outputs: 'none' } });
    case 'unknownId':
      return JSON.stringify({ jsonrpc: '2.0', id: 999_999, result: {} });
    case 'request':
      return JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'load', params: {} });
    case 'wrongProgress':
      return JSON.stringify({
        jsonrpc: '2.0',
        method: 'progress',
        params: { jobId, stage: 'faking', step: 1, steps: 1, fraction: 1.5 },
      });
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      name: { type: 'string', default: 'fake' },
      version: { type: 'string', default: '1' },
      /** Comma-separated. */
      tasks: { type: 'string', default: 'fake.task' },
      concurrency: { type: 'string', default: '1' },
      /** Silence before the first message is read. */
      'start-ms': { type: 'string', default: '0' },
      /** Ends with this exit code instead of serving. */
      'exit-code': { type: 'string' },
      /** Of a pretended GPU, while it is loaded; of the host while it is parked. */
      'held-bytes': { type: 'string', default: '0' },
      /** Comma-separated, of load, park and wake: they fail with too little memory … */
      'fails-to': { type: 'string', default: '' },
      /** … or are never answered. */
      'hangs-to': { type: 'string', default: '' },
    },
  });
  if (values['exit-code']) process.exit(Number(values['exit-code']));
  await Bun.sleep(Number(values['start-ms']));
  await serveEngine({
    name: values.name,
    version: values.version,
    concurrency: Number(values.concurrency),
    tasks: Object.fromEntries(values.tasks.split(',').map((task) => [task, runFakeJob])),
    async residency(method) {
      if (values['hangs-to'].split(',').includes(method)) await Bun.sleep(1e9);
      if (values['fails-to'].split(',').includes(method)) {
        throw new EngineError('out_of_memory', `A fake ${method} without memory.`);
      }
      const bytes = Number(values['held-bytes']);
      const isParked = method === 'park';
      return { vramBytes: isParked ? 0 : bytes, hostBytes: isParked ? bytes : 0, seconds: 0 };
    },
  });
}

if (import.meta.main) await main();
