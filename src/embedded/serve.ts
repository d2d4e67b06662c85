import { Console } from 'node:console';
import { mkdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fits } from '../fits.ts';
import {
  internalFailureMessage,
  LoadParams,
  type LogParams,
  protocolVersion,
  Request,
  type ResidencyResult,
  rpcCode,
  type RunnerErrorKind,
  type RunParams,
  type RunResult,
} from '../runners/protocol.ts';

/**
 * A failure the engine understands. Anything else that it throws is reported as `internal`, with its stack on stderr
 * alone: it may name paths, and the message goes to the client.
 */
export class EngineError extends Error {
  constructor(
    readonly kind: RunnerErrorKind,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'EngineError';
  }
}

/** What an engine may touch while it works on one job. */
export interface RunContext {
  jobId: string;
  /** Outputs go here, as bare file names. Made when it is first asked for. */
  outputFolder: string;
  /** Temporary files go here; made like the other, and deleted afterwards by the appliance. */
  scratchFolder: string;
  /** Fires on `cancel` and when the appliance goes away; pass it to child processes. */
  signal: AbortSignal;
  /**
   * Reports progress (`step` of `steps` inside `stage`; `fraction` of the whole job, 0..1) and gives way to
   * the event loop. Call it at least every half second of work.
   * @throws EngineError `canceled` when the job was canceled.
   */
  progress(report: { stage: string; step: number; steps: number; fraction: number }): Promise<void>;
  log(level: LogParams['level'], message: string): void;
}

export interface Engine {
  name: string;
  version: string;
  /** Jobs it works on at once; 1 unless it says otherwise. */
  concurrency?: number;
  /** One function a task. `params` is what the task file's `runnerParams` made. */
  tasks: Record<string, (params: never, context: RunContext) => Promise<RunResult>>;
  /** Reads its weights, which are in `target.modelFolder`. Not there: it has none. */
  load?(target: LoadParams): Promise<void>;
  /** What it holds after `load`, `park`, `wake` or `unload`; nothing unless it says otherwise. */
  residency?(method: string): Promise<ResidencyResult>;
}

/** Runs `engine` as a runner child program on stdin and stdout until stdin ends. Never returns before that. */
export async function serveEngine(engine: Engine): Promise<void> {
  // Descriptor 1 is the protocol's alone, whatever a library prints.
  Object.assign(globalThis.console, new Console(process.stderr, process.stderr));
  const jobs = new Map<string, AbortController>();
  const lines = createInterface({ input: process.stdin, crlfDelay: Infinity });
  for await (const line of lines) {
    const request = parseRequest(line);
    if (request) void answer(engine, jobs, request);
  }
  for (const job of jobs.values()) job.abort();
  process.exit(0);
}

function parseRequest(line: string): Request | null {
  try {
    const message: unknown = JSON.parse(line);
    if (fits(Request, message)) return message;
    refuse(rpcCode.invalidRequest, 'The line is JSON, but not a request.');
  } catch {
    refuse(rpcCode.parse, 'The line is not JSON.');
  }
  return null;
}

function refuse(code: number, message: string): void {
  send({ jsonrpc: '2.0', id: null, error: { code, message } });
}

async function answer(engine: Engine, jobs: Map<string, AbortController>, request: Request): Promise<void> {
  try {
    const result = await dispatch(engine, jobs, request);
    send({ jsonrpc: '2.0', id: request.id, result });
  } catch (error) {
    send({ jsonrpc: '2.0', id: request.id, error: describeFailure(error) });
  }
}

class MethodNotFound extends Error {}

async function dispatch(
  engine: Engine,
  jobs: Map<string, AbortController>,
  { method, params }: Request,
): Promise<object> {
  switch (method) {
    case 'initialize':
      return {
        protocolVersion,
        name: engine.name,
        version: engine.version,
        tasks: Object.keys(engine.tasks),
        concurrency: engine.concurrency ?? 1,
      };
    case 'load':
      if (engine.load) await engine.load(loadTarget(params));
      return engine.residency?.(method) ?? { vramBytes: 0, hostBytes: 0, seconds: 0 };
    case 'park':
    case 'wake':
    case 'unload':
      return engine.residency?.(method) ?? { vramBytes: 0, hostBytes: 0, seconds: 0 };
    case 'run':
      return run(engine, jobs, params as RunParams);
    case 'cancel':
      jobs.get(String(params.jobId))?.abort();
      return {};
    default:
      throw new MethodNotFound(`Unknown method ${method}.`);
  }
}

function loadTarget(params: Request['params']): LoadParams {
  if (fits(LoadParams, params)) return params;
  throw new EngineError('invalid_input', 'The parameters of load are not what the protocol says.');
}

async function run(
  engine: Engine,
  jobs: Map<string, AbortController>,
  request: RunParams,
): Promise<RunResult> {
  const task = engine.tasks[request.task];
  if (!task) throw new EngineError('invalid_input', `${engine.name} does not do ${request.task}.`);
  const controller = new AbortController();
  jobs.set(request.jobId, controller);
  const startedAt = performance.now();
  try {
    const result = await task(request.params as never, createContext(request, controller.signal));
    const elapsedSeconds = (performance.now() - startedAt) / 1000;
    return { ...result, measurements: { seconds: elapsedSeconds, ...result.measurements } };
  } catch (error) {
    if (controller.signal.aborted)
      throw new EngineError('canceled', 'The job was canceled.', { cause: error });
    throw error;
  } finally {
    jobs.delete(request.jobId);
  }
}

function createContext(request: RunParams, signal: AbortSignal): RunContext {
  const { jobId } = request;
  const made = (folder: string) => {
    mkdirSync(folder, { recursive: true });
    return folder;
  };
  return {
    jobId,
    get outputFolder() {
      return made(request.outputFolder);
    },
    get scratchFolder() {
      return made(request.scratchFolder);
    },
    signal,
    async progress(report) {
      const fraction = Math.min(1, Math.max(0, report.fraction));
      send({ jsonrpc: '2.0', method: 'progress', params: { jobId, ...report, fraction } });
      await new Promise((resolve) => setImmediate(resolve));
      if (signal.aborted) throw new EngineError('canceled', 'The job was canceled.');
    },
    log(level, message) {
      send({ jsonrpc: '2.0', method: 'log', params: { level, message, jobId } });
    },
  };
}

function describeFailure(error: unknown) {
  if (error instanceof MethodNotFound) return { code: rpcCode.methodNotFound, message: error.message };
  if (error instanceof EngineError) {
    return { code: rpcCode.runner, message: error.message, data: { kind: error.kind } };
  }
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return { code: rpcCode.runner, message: internalFailureMessage, data: { kind: 'internal' } };
}

function send(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
