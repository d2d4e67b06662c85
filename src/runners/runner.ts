import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import { settlesWithin } from './deadline.ts';
import type { Environment } from './environment.ts';
import { type RunnerFailure, runnerFailure } from './failure.ts';
import type { RunnerFolders } from './launch.ts';
import type { Manifest } from './manifest.ts';
import {
  type LoadTarget,
  type ResidencyOutcome,
  type RunnerLimits,
  type RunnerTiming,
  runnerTiming,
} from './run.ts';
import type { RunOutcome, RunRequest } from './run.ts';
import { isUp, type RunnerState } from './runner-state.ts';
import type { Ending } from './running-jobs.ts';
import { Session } from './session.ts';

export type { RunnerState } from './runner-state.ts';

/** The supervisor of one model's child process. It never starts the child by itself: the scheduler decides that. */
export interface Runner {
  readonly manifest: Manifest;
  /**
   * Spawns, initializes and loads, after waiting out a back-off. Does nothing when it is up, parked too; joins a start
   * that is under way.
   * @param options.device the GPU to load onto; default: what `loadTarget` says
   * @throws RunnerStartError when the child doesn't become ready, or `stop` is called meanwhile
   */
  start(options?: { device?: string }): Promise<void>;
  /**
   * Runs one job. Everything that can happen is in the outcome; a runner that isn't ready gives `exited`.
   * @throws Error when the runner has as many jobs as its `concurrency`, or this one already: a mistake of the caller
   */
  run(request: RunRequest): Promise<RunOutcome>;
  /**
   * Asks the child to stop a job, and kills it when it doesn't within 1.5 s. Resolves when the run has ended,
   * usually as `canceled`; at once when the job isn't running.
   */
  cancel(jobId: string): Promise<void>;
  /** `park` gives the GPU memory back and keeps the model in host memory; `wake` undoes it. Only between jobs. */
  changeResidency(method: 'park' | 'wake'): Promise<ResidencyOutcome>;
  /** Lets running jobs go on for `graceSeconds`; those that are left end as `exited`. Resolves when the process is gone. */
  stop(options: { graceSeconds: number }): Promise<void>;
  state(): RunnerState;
  /** Calls `listener` after every change of state. @returns a function that ends it */
  onChange(listener: (state: RunnerState) => void): () => void;
}

export interface RunnerOptions {
  manifest: Manifest;
  clock: Clock;
  log: Log;
  folders: RunnerFolders;
  limits: RunnerLimits;
  /** The appliance's own environment; a child sees only an allowed part of it. */
  environment: Environment;
  /** Where and how the model is loaded, asked at each start. Default: on the CPU, without weights. */
  loadTarget?: (model: string, device?: string) => LoadTarget;
  timing?: Partial<RunnerTiming>;
}

const onCpu: LoadTarget = { modelFolder: null, device: 'cpu', dtype: null, memoryMode: null };

/** The child did not become ready; `failure` says why, as data. */
export class RunnerStartError extends Error {
  constructor(
    readonly model: string,
    readonly failure: RunnerFailure,
    options?: ErrorOptions,
  ) {
    super(`${model}: ${failure.message}`, options);
    this.name = 'RunnerStartError';
  }
}

export function createRunner(options: RunnerOptions): Runner {
  return new SupervisedRunner(options);
}

class SupervisedRunner implements Runner {
  readonly manifest: Manifest;
  readonly #timing: RunnerTiming;
  readonly #listeners = new Set<(state: RunnerState) => void>();
  #state: RunnerState = { name: 'stopped' };
  #session: Session | null = null;
  #starting: Promise<void> | null = null;
  #startAbort = new AbortController();
  #stopping: Promise<void> | null = null;
  /** Faults since the last job that succeeded. */
  #faults = 0;

  constructor(readonly options: RunnerOptions) {
    this.manifest = options.manifest;
    this.#timing = { ...runnerTiming, ...options.timing };
  }

  state(): RunnerState {
    return this.#state;
  }

  onChange(listener: (state: RunnerState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start({ device }: { device?: string } = {}): Promise<void> {
    if (isUp(this.#state)) return Promise.resolve();
    if (this.#starting) return this.#starting;
    this.#startAbort = new AbortController();
    this.#starting = this.#start(this.#startAbort.signal, device).finally(() => {
      this.#starting = null;
    });
    return this.#starting;
  }

  async run(request: RunRequest): Promise<RunOutcome> {
    const { name } = this.#state;
    if (name !== 'ready' || !this.#session) return notReady(name);
    const outcome = await this.#session.run(request);
    if (outcome.ok) this.#faults = 0;
    return outcome;
  }

  async cancel(jobId: string): Promise<void> {
    await this.#session?.cancel(jobId);
  }

  async changeResidency(method: 'park' | 'wake'): Promise<ResidencyOutcome> {
    const before = this.#state;
    const session = this.#session;
    const isPark = method === 'park';
    if (!isUp(before) || before.name !== (isPark ? 'ready' : 'parked') || !session)
      return notReady(before.name);
    const changing = { ...before, name: isPark ? 'parking' : 'waking' } as const;
    this.#become(changing);
    const outcome = await session.changeResidency(method);
    if (this.#state !== changing) return outcome;
    if (outcome.ok) this.#become({ ...before, name: isPark ? 'parked' : 'ready', residency: outcome.result });
    else this.#become(before);
    return outcome;
  }

  stop({ graceSeconds }: { graceSeconds: number }): Promise<void> {
    this.#startAbort.abort();
    this.#stopping ??= this.#stop(graceSeconds).finally(() => {
      this.#stopping = null;
    });
    return this.#stopping;
  }

  async #start(signal: AbortSignal, device?: string): Promise<void> {
    await this.#stopping;
    // A child that is being killed keeps its memory until it is gone.
    await this.#session?.ended;
    if (this.#state.name === 'backoff') await this.#sleepUntil(this.#state.retryAt, signal);
    if (signal.aborted) throw new RunnerStartError(this.manifest.name, stoppedEarly());
    this.#become({ name: 'starting' });
    const session = await this.#openSession(device);
    const abort = () => session.kill({ failure: stoppedEarly(), isFault: false });
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
    const prepared = await session.prepare();
    signal.removeEventListener('abort', abort);
    if (!prepared.ok || signal.aborted) throw this.#startFailed(await session.ended);
    this.#session = session;
    this.#become({ name: 'ready', ...prepared.result });
    void session.ended.then((ending) => this.#settle(ending));
  }

  async #openSession(device?: string): Promise<Session> {
    const { options } = this;
    try {
      return await Session.open({
        ...options,
        log: options.log.child({ model: this.manifest.name }),
        logBytesMax: options.limits.logBytesMax,
        timing: this.#timing,
        loadTarget: options.loadTarget?.(this.manifest.name, device) ?? onCpu,
        onEnding: () => {
          if (isUp(this.#state)) this.#become({ name: 'stopping' });
        },
      });
    } catch (cause) {
      options.log.error("A runner's program could not be started.", { model: this.manifest.name, cause });
      const failure = runnerFailure('start_failed', 'The program of the runner could not be started.');
      throw this.#startFailed({ failure, isFault: true }, cause);
    }
  }

  #startFailed(ending: Ending, cause?: unknown): RunnerStartError {
    this.#settle(ending);
    return new RunnerStartError(this.manifest.name, asStartFailure(ending.failure), { cause });
  }

  async #stop(graceSeconds: number): Promise<void> {
    if (this.#session) {
      this.#become({ name: 'stopping' });
      await this.#session.stop(graceSeconds);
    } else {
      await Promise.allSettled([this.#starting]);
    }
    if (this.#state.name !== 'stopped') this.#become({ name: 'stopped' });
  }

  /** The child is gone: `backoff` after a fault, else `stopped`. */
  #settle({ failure, isFault }: Ending): void {
    this.#session = null;
    if (!isFault) return this.#become({ name: 'stopped' });
    const { backoffFirstSeconds, backoffMaxSeconds } = this.#timing;
    const waitSeconds = Math.min(backoffMaxSeconds, backoffFirstSeconds * 2 ** this.#faults);
    this.#faults += 1;
    const retryAt = this.options.clock() + waitSeconds * 1000;
    this.options.log.warn('A runner failed.', { model: this.manifest.name, ...failure, waitSeconds });
    this.#become({ name: 'backoff', retryAt, failure });
  }

  async #sleepUntil(time: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const woken = new Promise((resolve) => {
      signal.addEventListener('abort', resolve, { once: true });
    });
    await settlesWithin(woken, Math.max(0, time - this.options.clock()) / 1000);
  }

  #become(state: RunnerState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener(state);
  }
}

function notReady(state: RunnerState['name']): { ok: false; failure: RunnerFailure } {
  return { ok: false, failure: runnerFailure('interrupted', `The runner is not ready (${state}).`) };
}

function stoppedEarly(): RunnerFailure {
  return runnerFailure('start_failed', 'The runner was stopped before it was ready.');
}

/** An exit before the runner was ready is a failed start. */
function asStartFailure(failure: RunnerFailure): RunnerFailure {
  return failure.kind === 'exited' ? runnerFailure('start_failed', failure.message) : failure;
}
