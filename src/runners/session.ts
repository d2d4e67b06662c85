import type { Static, TSchema } from '@sinclair/typebox';
import { fits } from '../fits.ts';
import { settlesWithin } from './deadline.ts';
import { type RunnerFailure, runnerFailure } from './failure.ts';
import { type LaunchOptions, launchRunner } from './launch.ts';
import { createLogLimit, type LogLimit } from './log-limit.ts';
import { createPace } from './pace.ts';
import { type ErrorBody, InitializeResult, internalFailureMessage, LogParams } from './protocol.ts';
import { type Notification, ProgressParams, protocolVersion, ResidencyResult } from './protocol.ts';
import { type RpcConnection, createRpcConnection } from './rpc-connection.ts';
import type { LoadTarget, RunnerLimits, RunnerTiming, RunOutcome, RunRequest } from './run.ts';
import { type AskOutcome, type Ending, RunningJobs } from './running-jobs.ts';
import type { RunnerChild } from './spawn.ts';

export interface SessionOptions extends LaunchOptions {
  limits: RunnerLimits;
  timing: RunnerTiming;
  loadTarget: LoadTarget;
  /** Called once, as soon as the child can't take a job any more; its end may take a moment longer. */
  onEnding: () => void;
}

/** What a child said when it became ready. */
export interface Readiness {
  concurrency: number;
  residency: ResidencyResult;
}

/**
 * One life of a runner's child process, from its start to its exit. Whatever breaks the protocol or a limit ends it;
 * every open request then gets the reason.
 */
export class Session {
  /** Resolves when the process and everything it started is gone. Never rejects. */
  readonly ended: Promise<Ending>;
  readonly #connection: RpcConnection;
  readonly #jobs: RunningJobs;
  readonly #pace = createPace();
  readonly #log: LogLimit;
  #ending: Ending | null = null;
  #concurrency = 0;

  private constructor(
    readonly options: SessionOptions,
    readonly child: RunnerChild,
  ) {
    this.#log = createLogLimit(options.log);
    this.#connection = createRpcConnection({
      stdout: this.#pace.hold(child.stdout),
      write: child.write,
      onNotification: (notification) => this.#notice(notification),
      onBadMessage: (reason) => this.#break(reason),
      onWriteFailed: () => child.kill(),
    });
    this.#jobs = new RunningJobs({
      ...options,
      ask: (request) => this.#ask(request),
      kill: (ending) => this.kill(ending),
    });
    this.ended = this.#waitForExit();
  }

  /** @throws the system's error when the program can't be started */
  static async open(options: SessionOptions): Promise<Session> {
    return new Session(options, await launchRunner(options));
  }

  /** `initialize` and `load`, within `startSeconds`. A failure is answered after the process's end. */
  async prepare(): Promise<AskOutcome<Readiness>> {
    const prepared = this.#initializeAndLoad();
    const { startSeconds } = this.options.limits;
    if (!(await settlesWithin(prepared, startSeconds))) {
      const failure = runnerFailure('start_failed', `The runner was not ready within ${startSeconds} s.`);
      this.kill({ failure, isFault: true });
    }
    const outcome = await prepared;
    if (outcome.ok) return outcome;
    this.kill({ failure: outcome.failure, isFault: true });
    await this.ended;
    return outcome;
  }

  /** @throws Error when the runner has as many jobs as it takes, or this one already: a mistake of the caller */
  async run(request: RunRequest): Promise<RunOutcome> {
    if (this.#ending) return { ok: false, failure: this.#failureOf(request.jobId) };
    if (this.#jobs.size >= this.#concurrency) {
      throw new Error(`${this.options.manifest.name} takes ${this.#concurrency} jobs at once.`);
    }
    return this.#jobs.start(request);
  }

  cancel(jobId: string): Promise<void> {
    return this.#jobs.cancel(jobId);
  }

  /** Within `startSeconds`, or the process is ended: nobody knows then what it holds. */
  async changeResidency(method: 'park' | 'wake'): Promise<AskOutcome<ResidencyResult>> {
    const changed = this.#ask({ method, params: {}, schema: ResidencyResult });
    const { startSeconds } = this.options.limits;
    if (!(await settlesWithin(changed, startSeconds))) {
      const failure = runnerFailure('stalled', `The runner did not ${method} within ${startSeconds} s.`);
      this.kill({ failure, isFault: true });
    }
    return changed;
  }

  /** Waits for running jobs, closes the child's stdin, and kills what is left after either wait. */
  async stop(graceSeconds: number): Promise<void> {
    const isIdle = await settlesWithin(this.#jobs.settle(), graceSeconds);
    const failure = runnerFailure('exited', 'The runner was stopped.');
    this.#beginEnd({ failure, isFault: false });
    if (isIdle) {
      const closed = this.child.closeInput();
      await settlesWithin(Promise.all([closed, this.ended]), this.options.timing.exitSeconds);
    }
    this.child.kill();
    await this.ended;
  }

  /** Kills the process group. The first cause is the one that counts. */
  kill(ending: Ending): void {
    this.#beginEnd(ending);
    this.child.kill();
  }

  #beginEnd(ending: Ending): Ending {
    if (this.#ending) return this.#ending;
    this.#ending = ending;
    this.options.onEnding();
    return ending;
  }

  async #initializeAndLoad(): Promise<AskOutcome<Readiness>> {
    const { manifest, loadTarget, log, folders } = this.options;
    const hello = { protocolVersion, scratchRoot: folders.scratch };
    const initialized = await this.#ask({ method: 'initialize', params: hello, schema: InitializeResult });
    if (!initialized.ok) return initialized;
    const { tasks, concurrency, version, protocolVersion: spoken } = initialized.result;
    const missing = manifest.tasks.filter((task) => !tasks.includes(task));
    if (spoken !== protocolVersion) return startFailed(`The runner speaks protocol version ${spoken}.`);
    if (missing.length > 0) return startFailed(`The runner does not do ${missing.join(', ')}.`);
    if (version !== manifest.version)
      log.warn('The runner has another version than its manifest.', { version });
    const params = { model: manifest.name, ...loadTarget };
    const loaded = await this.#ask({ method: 'load', params, schema: ResidencyResult });
    if (!loaded.ok) return loaded;
    this.#concurrency = concurrency;
    return { ok: true, result: { concurrency, residency: loaded.result } };
  }

  #notice({ method, params }: Notification): void {
    this.#pace.count();
    if (method === 'progress' && fits(ProgressParams, params)) {
      this.#jobs.progressed(params);
    } else if (method === 'log' && fits(LogParams, params)) {
      this.#jobs.logged(params);
      this.#log.write(params);
    } else if (method === 'progress' || method === 'log') {
      this.#break(`The runner sent a ${method} notification of the wrong shape.`);
    } else {
      this.options.log.debug('The runner sent a notification that is not known.', { method });
    }
  }

  #break(reason: string): void {
    this.kill({ failure: runnerFailure('bad_message', reason), isFault: true });
  }

  async #waitForExit(): Promise<Ending> {
    const { exitCode, signal } = await this.child.exited;
    const how = signal ? `by ${signal}` : `with exit code ${exitCode}`;
    const failure = runnerFailure('exited', `The runner ended ${how}.`);
    const ending = this.#beginEnd({ failure, isFault: true });
    // The last answers may still be in the pipe.
    await settlesWithin(this.#connection.ended, this.options.timing.exitSeconds);
    this.#connection.close();
    this.#log.close();
    return ending;
  }

  async #ask<Schema extends TSchema>(request: {
    method: string;
    params: object;
    schema: Schema;
    jobId?: string;
  }): Promise<AskOutcome<Static<Schema>>> {
    const answer = await this.#connection.request(request.method, request.params, request.schema);
    switch (answer.type) {
      case 'result':
        return { ok: true, result: answer.result };
      case 'error':
        return { ok: false, failure: this.#failureAnswered(request, answer.error) };
      case 'closed':
        await this.ended;
        return { ok: false, failure: this.#failureOf(request.jobId) };
    }
  }

  #failureAnswered({ method, jobId }: { method: string; jobId?: string }, error: ErrorBody): RunnerFailure {
    const kind = error.data?.kind ?? 'internal';
    if (kind !== 'internal') return runnerFailure(kind, error.message);
    this.options.log.error('A runner failed inside.', { method, jobId, reason: error.message });
    return runnerFailure('internal', internalFailureMessage);
  }

  #failureOf(jobId: string | undefined): RunnerFailure {
    if (!this.#ending) return runnerFailure('exited', 'The runner is not running.');
    const { failure, jobId: culprit } = this.#ending;
    if (culprit === undefined || culprit === jobId) return failure;
    return runnerFailure('interrupted', 'The runner was ended because of another job.');
  }
}

function startFailed(message: string): { ok: false; failure: RunnerFailure } {
  return { ok: false, failure: runnerFailure('start_failed', message) };
}
