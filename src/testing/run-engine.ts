import { mkdtemp, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProgressParams, RunResult } from '../runners/protocol.ts';

export interface EngineRun {
  result: RunResult;
  outputFolder: string;
  progress: ProgressParams[];
}

/** An engine answered `run` with an error. */
export class EngineRunError extends Error {
  constructor(
    readonly kind: string | undefined,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Runs one job in a real engine child (`bun run <program>`), the way the appliance does, and waits for its answer.
 * @param options.program path from the project's root, e.g. `src/embedded/draft-image/main.ts`
 * @throws EngineRunError when the engine answers with an error
 */
export async function runEngine(options: {
  program: string;
  task: string;
  params: object;
  /** Sends `cancel` right behind `run`. */
  cancel?: boolean;
}): Promise<EngineRun> {
  const root = await mkdtemp(join(tmpdir(), 'kt-engine-'));
  const outputFolder = join(root, 'out');
  const scratchFolder = join(root, 'scratch');
  await mkdir(outputFolder);
  await mkdir(scratchFolder);
  const child = Bun.spawn(['bun', 'run', options.program], {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
  });
  const run = { jobId: 'job_test', task: options.task, params: options.params, outputFolder, scratchFolder };
  await child.stdin.write(line(1, 'initialize', { protocolVersion: 1, scratchRoot: root }));
  await child.stdin.write(line(2, 'run', run));
  if (options.cancel) await child.stdin.write(line(3, 'cancel', { jobId: run.jobId }));
  await child.stdin.flush();
  try {
    return { ...(await readAnswer(child.stdout)), outputFolder };
  } finally {
    child.kill('SIGKILL');
    await child.exited;
  }
}

function line(id: number, method: string, params: object): string {
  return `${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`;
}

async function readAnswer(stdout: ReadableStream<Uint8Array>): Promise<Omit<EngineRun, 'outputFolder'>> {
  const progress: ProgressParams[] = [];
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stdout) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const text of lines) {
      const message = JSON.parse(text);
      if (message.method === 'progress') progress.push(message.params);
      if (message.id === 2 && message.error) {
        throw new EngineRunError(message.error.data?.kind, message.error.message);
      }
      if (message.id === 2) return { result: message.result, progress };
    }
  }
  throw new EngineRunError(undefined, 'The engine ended without an answer.');
}
