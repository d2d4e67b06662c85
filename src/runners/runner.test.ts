import { describe, expect, test } from 'bun:test';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createLog } from '../log.ts';
import type { FakeEnding } from '../testing/fake-runner.ts';
import { gone, isAlive, SupervisedRunner } from '../testing/supervised-runner.ts';
import type { RunnerFailureKind } from './failure.ts';
import { internalFailureMessage } from './protocol.ts';
import type { RunOutcome } from './run.ts';
import { RunnerStartError } from './runner.ts';

function failureOf(outcome: RunOutcome) {
  if (outcome.ok) throw new Error('The job succeeded.');
  return outcome.failure;
}

/** `expect(…).rejects` holds the event loop until the promise settles, so it can't be used while something else must go on. */
async function expectRejection(promise: Promise<unknown>, message: string): Promise<void> {
  const [settled] = await Promise.allSettled([promise]);
  expect(settled.status === 'rejected' ? String(settled.reason) : settled.status).toContain(message);
}

describe('a job that goes well', () => {
  test('starts the child once and answers what the runner made', async () => {
    await using fake = await SupervisedRunner.create();
    await Promise.all([fake.runner.start(), fake.runner.start()]);
    const job = await fake.startJob({ outputs: [{ filename: 'a.txt', text: 'A', mimeType: 'text/plain' }] });
    expect(await job.outcome).toMatchObject({ ok: true, result: { outputs: [{ filename: 'a.txt' }] } });
    expect(await readFile(join(job.outputFolder, 'a.txt'), 'utf8')).toBe('A');
    expect(fake.states).toEqual(['starting', 'ready']);
  });

  test('hands on every progress notification in order', async () => {
    await using fake = await SupervisedRunner.create();
    await fake.runner.start();
    const job = await fake.startJob({ progressSteps: 4 });
    await job.outcome;
    expect(job.progress.map(({ step }) => step)).toEqual([1, 2, 3, 4]);
  });

  test('leaves the child running, also after it refused a job', async () => {
    await using fake = await SupervisedRunner.create();
    await fake.runner.start();
    const pid = await fake.processId();
    for (const ending of ['invalid_input', 'model_broken', 'internal', 'canceled', 'succeed'] as const) {
      await fake.runJob({ ending });
    }
    expect(await fake.processId()).toBe(pid);
    expect(fake.states).toEqual(['starting', 'ready']);
  });
});

describe('a job that goes wrong', () => {
  const refusals = ['invalid_input', 'out_of_memory', 'canceled', 'model_broken'] as const;
  test.each(refusals)('passes on the reason when the runner answers %s', async (ending) => {
    await using fake = await SupervisedRunner.create();
    await fake.runner.start();
    expect(failureOf(await fake.runJob({ ending }))).toMatchObject({
      kind: ending,
      message: `A fake ${ending}.`,
    });
    expect(fake.runner.state().name).toBe('ready');
  });

  test('keeps to itself what a program said of a failure inside, and logs it', async () => {
    const lines: string[] = [];
    const log = createLog({ level: 'error', write: (line) => lines.push(line), now: () => 0 });
    await using fake = await SupervisedRunner.create({ log });
    await fake.runner.start();
    const { kind, message } = failureOf(await fake.runJob({ ending: 'internal' }));
    expect([kind, message]).toEqual(['internal', internalFailureMessage]);
    expect(lines.join('\n')).toContain('A fake internal.');
  });

  test("an engine's exception reaches its log file, and the protocol only in a fixed sentence", async () => {
    await using fake = await SupervisedRunner.create();
    await fake.runner.start();
    // The fake can't write a file below what is no folder.
    const outputs = [{ filename: 'none/x.txt', text: '', mimeType: 'text/plain' }];
    expect(failureOf(await fake.runJob({ outputs })).message).toBe(internalFailureMessage);
    await fake.runner.stop({ graceSeconds: 0 });
    expect(await readFile(join(fake.folders.logs, 'fake.log'), 'utf8')).toContain('none/x.txt');
  });

  test('a record that can not be deleted is logged, and costs neither the runner nor the appliance', async () => {
    const lines: string[] = [];
    const log = createLog({ level: 'error', write: (line) => lines.push(line), now: () => 0 });
    await using fake = await SupervisedRunner.create({ log });
    await fake.runner.start();
    const record = join(fake.folders.run, 'fake.pid');
    await rm(record);
    await mkdir(record);
    expect(failureOf(await fake.runJob({ ending: 'crash' })).kind).toBe('exited');
    expect(lines.join('\n')).toContain('tidied up after');
    await rm(record, { recursive: true });
    await fake.runner.start();
    expect((await fake.runJob({}, 'job_2')).ok).toBe(true);
  });

  test('a job that names no output has failed, unless its manifest takes that', async () => {
    await using strict = await SupervisedRunner.create();
    await strict.runner.start();
    expect(failureOf(await strict.runJob({ ending: 'nothing' }))).toMatchObject({
      kind: 'bad_message',
      message: 'The engine named no output.',
    });
    await using lenient = await SupervisedRunner.create({ manifest: { minOutputs: 0 } });
    await lenient.runner.start();
    expect(await lenient.runJob({ ending: 'nothing' })).toMatchObject({ ok: true, result: { outputs: [] } });
  });

  const breakdowns: [FakeEnding, RunnerFailureKind, RegExp][] = [
    ['crash', 'exited', /exit code 7/],
    ['hang', 'stalled', /0.6 s/],
    ['spin', 'stalled', /0.6 s/],
    ['garbage', 'bad_message', /not JSON/],
    ['hugeLine', 'bad_message', /longer than 4194304 bytes/],
    ['wrongShape', 'bad_message', /wrong shape/],
    ['unknownId', 'bad_message', /999999/],
    ['request', 'bad_message', /request/],
    ['wrongProgress', 'bad_message', /progress/],
  ];
  test.each(breakdowns)(
    'a runner that does %s fails as %s, is killed and comes back',
    async (ending, kind, message) => {
      await using fake = await SupervisedRunner.create({ limits: { stallSeconds: 0.6 } });
      await fake.runner.start();
      const pid = await fake.processId();
      const failure = failureOf(await fake.runJob({ ending, exitCode: 7 }));
      expect(failure.kind).toBe(kind);
      expect(failure.message).toMatch(message);
      expect(failure.transient).toBe(true);
      expect(await isAlive(pid)).toBe(false);
      expect(fake.runner.state()).toMatchObject({ name: 'backoff', failure: { kind } });
      await fake.runner.start();
      expect((await fake.runJob({})).ok).toBe(true);
    },
  );

  test('progress keeps a long job from counting as stalled', async () => {
    await using fake = await SupervisedRunner.create({ limits: { stallSeconds: 0.6 } });
    await fake.runner.start();
    expect((await fake.runJob({ progressSteps: 10, milliseconds: 1000 })).ok).toBe(true);
  });

  test('a child killed from outside fails its job as exited', async () => {
    await using fake = await SupervisedRunner.create();
    await fake.runner.start();
    const job = await fake.startJob({ progressSteps: 1, ending: 'hang' });
    await job.underWay;
    process.kill(await fake.processId(), 'SIGKILL');
    expect(failureOf(await job.outcome)).toMatchObject({
      kind: 'exited',
      message: 'The runner ended by SIGKILL.',
    });
  });

  test('a job that writes too much is stopped while it writes, without blame for the runner', async () => {
    await using fake = await SupervisedRunner.create({ limits: { outputBytesMax: 1000 } });
    await fake.runner.start();
    const outcome = await fake.runJob({ scratchBytes: 1001, ending: 'hang' });
    expect(failureOf(outcome)).toMatchObject({ kind: 'output_too_large', transient: false });
    expect(fake.runner.state().name).toBe('stopped');
  });

  test('a job that wrote too much and was quicker than the watch fails too', async () => {
    await using fake = await SupervisedRunner.create({
      limits: { outputBytesMax: 1000 },
      timing: { checkSeconds: 60 },
    });
    await fake.runner.start();
    expect(failureOf(await fake.runJob({ scratchBytes: 1001 })).kind).toBe('output_too_large');
    expect((await fake.runJob({ scratchBytes: 900 }, 'job_2')).ok).toBe(true);
  });

  test('a run on a runner that is not ready is an outcome, not an exception', async () => {
    await using fake = await SupervisedRunner.create();
    expect(failureOf(await fake.runJob({}))).toMatchObject({ kind: 'interrupted', transient: true });
  });
});

describe('a job that floods', () => {
  // Without a limit, hundreds of thousands a second are read.
  test('with progress waits at its pipe, and ends as any other', async () => {
    await using fake = await SupervisedRunner.create();
    await fake.runner.start();
    const job = await fake.startJob({ floods: 'progress', milliseconds: 1000 });
    expect((await job.outcome).ok).toBe(true);
    expect(job.progress.length).toBeGreaterThan(1000);
    expect(job.progress.length).toBeLessThan(50_000);
  });

  test('with log lines leaves a few of them in the log, and how many were left out', async () => {
    const lines: { message: string; lines?: number }[] = [];
    const log = createLog({ level: 'info', write: (line) => lines.push(JSON.parse(line)), now: () => 0 });
    await using fake = await SupervisedRunner.create({ log });
    await fake.runner.start();
    expect((await fake.runJob({ floods: 'log', milliseconds: 500 })).ok).toBe(true);
    await fake.runner.stop({ graceSeconds: 0 });
    const written = lines.filter(({ message }) => message === 'still flooding').length;
    const leftOut = lines.reduce((sum, line) => sum + (line.lines ?? 0), 0);
    expect(written).toBeWithin(200, 1000);
    // The flood comes in pieces of 500 lines, and none is forgotten.
    expect(leftOut).toBeGreaterThan(0);
    expect((written + leftOut) % 500).toBe(0);
  });

  test('hears a cancel all the same', async () => {
    await using fake = await SupervisedRunner.create({ timing: { cancelSeconds: 20 } });
    await fake.runner.start();
    const pid = await fake.processId();
    const job = await fake.startJob({ floods: 'progress', milliseconds: 60_000 });
    await job.underWay;
    await fake.runner.cancel('job_1');
    expect(failureOf(await job.outcome).kind).toBe('canceled');
    expect(await fake.processId()).toBe(pid);
  });
});

describe('cancel', () => {
  test('ends the job as canceled and keeps the child', async () => {
    await using fake = await SupervisedRunner.create({ timing: { cancelSeconds: 20 } });
    await fake.runner.start();
    const job = await fake.startJob({ progressSteps: 1, ending: 'hang' });
    await job.underWay;
    await fake.runner.cancel('job_1');
    expect(failureOf(await job.outcome).kind).toBe('canceled');
    expect((await fake.runJob({}, 'job_2')).ok).toBe(true);
    expect(fake.states).toEqual(['starting', 'ready']);
  });

  test('kills a child that does not listen, with everything that it started', async () => {
    await using fake = await SupervisedRunner.create();
    await fake.runner.start();
    const job = await fake.startJob({ grandchild: true, progressSteps: 1, ending: 'spin' });
    await job.underWay;
    const grandchild = Number(await readFile(join(job.outputFolder, 'grandchild.pid'), 'utf8'));
    expect(await isAlive(grandchild)).toBe(true);
    await fake.runner.cancel('job_1');
    expect(failureOf(await job.outcome).kind).toBe('canceled');
    await gone(grandchild);
    expect(fake.runner.state().name).toBe('stopped');
  });

  test('of a job that does not run resolves at once', async () => {
    await using fake = await SupervisedRunner.create();
    await fake.runner.cancel('job_1');
    await fake.runner.start();
    await fake.runner.cancel('job_1');
  });
});

test('a crash takes what the child had started with it', async () => {
  await using fake = await SupervisedRunner.create();
  await fake.runner.start();
  const job = await fake.startJob({ grandchild: true, ending: 'crash' });
  expect(failureOf(await job.outcome).kind).toBe('exited');
  await gone(Number(await readFile(join(job.outputFolder, 'grandchild.pid'), 'utf8')));
});

describe('several jobs in one child', () => {
  test('run at once up to what the runner takes; one more is the caller’s mistake', async () => {
    await using fake = await SupervisedRunner.create({ args: ['--concurrency', '2'] });
    await fake.runner.start();
    expect(fake.runner.state()).toMatchObject({ name: 'ready', concurrency: 2 });
    const jobs = [
      await fake.startJob({ progressSteps: 1, ending: 'hang' }, 'job_1'),
      await fake.startJob({ progressSteps: 1, ending: 'hang' }, 'job_2'),
    ];
    await Promise.all(jobs.map((job) => job.underWay));
    await expectRejection(fake.runJob({}, 'job_3'), 'fake takes 2 jobs at once.');
    await fake.runner.cancel('job_1');
    await expectRejection(fake.runJob({}, 'job_2'), 'job_2 is running already.');
    expect((await fake.runJob({}, 'job_3')).ok).toBe(true);
  });

  test('are told apart when one of them gets the child killed', async () => {
    await using fake = await SupervisedRunner.create({ args: ['--concurrency', '2'] });
    await fake.runner.start();
    const bystander = await fake.startJob({ progressSteps: 1, ending: 'hang' }, 'job_1');
    const culprit = await fake.startJob(
      { progressSteps: 1, milliseconds: 60_000, ignoresCancel: true },
      'job_2',
    );
    await Promise.all([bystander.underWay, culprit.underWay]);
    await fake.runner.cancel('job_2');
    expect(failureOf(await culprit.outcome).kind).toBe('canceled');
    expect(failureOf(await bystander.outcome)).toMatchObject({
      kind: 'interrupted',
      message: 'The runner was ended because of another job.',
    });
  });
});

describe('stop', () => {
  test('lets a running job end', async () => {
    await using fake = await SupervisedRunner.create();
    await fake.runner.start();
    const job = await fake.startJob({ progressSteps: 2, milliseconds: 200 });
    await job.underWay;
    await fake.runner.stop({ graceSeconds: 20 });
    expect((await job.outcome).ok).toBe(true);
    expect(fake.states).toEqual(['starting', 'ready', 'stopping', 'stopped']);
  });

  test('ends a job that outlasts the grace as exited, fit for another attempt', async () => {
    await using fake = await SupervisedRunner.create();
    await fake.runner.start();
    const pid = await fake.processId();
    const job = await fake.startJob({ progressSteps: 1, ending: 'spin' });
    await job.underWay;
    await fake.runner.stop({ graceSeconds: 0.05 });
    expect(failureOf(await job.outcome)).toMatchObject({ kind: 'exited', transient: true });
    expect(await isAlive(pid)).toBe(false);
  });

  test('breaks off a start that is under way', async () => {
    await using fake = await SupervisedRunner.create({ args: ['--start-ms', '60000'] });
    const start = fake.runner.start();
    await Promise.all([
      fake.runner.stop({ graceSeconds: 20 }),
      expectRejection(start, 'stopped before it was ready'),
    ]);
    expect(fake.runner.state().name).toBe('stopped');
  });

  test('breaks off a start that waits out a back-off', async () => {
    await using fake = await SupervisedRunner.create({
      timing: { backoffFirstSeconds: 60, backoffMaxSeconds: 60 },
    });
    await fake.runner.start();
    await fake.runJob({ ending: 'crash' });
    const start = fake.runner.start();
    await Promise.all([
      fake.runner.stop({ graceSeconds: 20 }),
      expectRejection(start, 'stopped before it was ready'),
    ]);
    expect(fake.runner.state().name).toBe('stopped');
  });

  test('can be followed by a start at once', async () => {
    await using fake = await SupervisedRunner.create();
    await fake.runner.start();
    const stopped = fake.runner.stop({ graceSeconds: 0 });
    await fake.runner.start();
    await stopped;
    expect((await fake.runJob({})).ok).toBe(true);
  });
});

describe('a broken child', () => {
  test('takes no more jobs from the moment it is killed, and is gone before the next one starts', async () => {
    await using fake = await SupervisedRunner.create({ limits: { outputBytesMax: 1000 } });
    await fake.runner.start();
    const pid = await fake.processId();
    const restarted = Promise.withResolvers<boolean>();
    fake.runner.onChange(({ name }) => {
      if (name !== 'stopping') return;
      const refused = fake.runJob({}, 'job_2').then((outcome) => failureOf(outcome).kind === 'interrupted');
      const restart = fake.runner.start().then(() => isAlive(pid));
      Promise.all([refused, restart]).then(
        ([isRefused, wasAlive]) => restarted.resolve(isRefused && !wasAlive),
        restarted.reject,
      );
    });
    await fake.runJob({ scratchBytes: 1001, ending: 'hang' });
    expect(await restarted.promise).toBe(true);
    expect((await fake.runJob({}, 'job_3')).ok).toBe(true);
    expect(fake.states).toEqual(['starting', 'ready', 'stopping', 'stopped', 'starting', 'ready']);
  });

  test('is not blamed for a listener that throws', async () => {
    await using fake = await SupervisedRunner.create();
    await fake.runner.start();
    const { scratch } = fake.folders;
    const outcome = await fake.runner.run({
      jobId: 'job_1',
      task: 'fake.task',
      params: { progressSteps: 1 },
      outputFolder: scratch,
      scratchFolder: join(scratch, 'run'),
      onProgress() {
        throw new Error('The database is closed.');
      },
    });
    expect(outcome.ok).toBe(true);
  });
});

describe('a start that fails', () => {
  async function failedStart(fake: SupervisedRunner) {
    const error = await fake.runner.start().then(
      () => null,
      (reason: unknown) => reason,
    );
    if (!(error instanceof RunnerStartError)) throw new Error('The start did not fail.', { cause: error });
    expect(fake.runner.state().name).toBe('backoff');
    return error.failure;
  }

  test('says that the program is not there', async () => {
    await using fake = await SupervisedRunner.create({ manifest: { command: ['./no/such/program'] } });
    expect(await failedStart(fake)).toMatchObject({ kind: 'start_failed', transient: true });
  });

  test('says with which code the program ended', async () => {
    await using fake = await SupervisedRunner.create({ args: ['--exit-code', '9'] });
    expect(await failedStart(fake)).toMatchObject({
      kind: 'start_failed',
      message: expect.stringContaining('code 9'),
    });
  });

  test('says which task the program does not do', async () => {
    await using fake = await SupervisedRunner.create({
      manifest: { tasks: ['fake.task', 'image.generate'] },
    });
    expect(await failedStart(fake)).toMatchObject({ message: 'The runner does not do image.generate.' });
  });

  test('is given up at the deadline', async () => {
    await using fake = await SupervisedRunner.create({
      args: ['--start-ms', '60000'],
      limits: { startSeconds: 0.3 },
    });
    expect(await failedStart(fake)).toMatchObject({
      kind: 'start_failed',
      message: expect.stringContaining('0.3 s'),
    });
  });

  test('waits twice as long each time, up to a bound, until a job has succeeded', async () => {
    await using fake = await SupervisedRunner.create({
      timing: { backoffFirstSeconds: 0.01, backoffMaxSeconds: 0.03 },
    });
    const waits: number[] = [];
    const crash = async () => {
      await fake.runner.start();
      await fake.runJob({ ending: 'crash' });
      const state = fake.runner.state();
      if (state.name === 'backoff') waits.push(state.retryAt - 1_000_000);
    };
    await crash();
    await crash();
    await crash();
    await fake.runner.start();
    await fake.runJob({});
    await crash();
    expect(waits).toEqual([10, 20, 30, 10]);
  });
});

describe('the child process', () => {
  test('has a low priority, its own session and only the allowed environment', async () => {
    const environment = { KT_ADMIN_KEY: 'secret', HF_TOKEN: 'secret', CUDA_VISIBLE_DEVICES: '0' };
    await using fake = await SupervisedRunner.create({ environment });
    await fake.runner.start();
    const pid = await fake.processId();
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // From field 3 of proc(5) on: state ppid pgrp session … nice is field 19.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    expect(fields.slice(2, 4)).toEqual([String(pid), String(pid)]);
    expect(fields[16]).toBe('10');
    const names = (await readFile(`/proc/${pid}/environ`, 'utf8'))
      .split('\0')
      .map((line) => line.split('=')[0]);
    expect(names).toContain('CUDA_VISIBLE_DEVICES');
    expect(names).not.toContain('KT_ADMIN_KEY');
    expect(names).not.toContain('HF_TOKEN');
  });

  test('has its stderr in a log file that is rotated', async () => {
    await using fake = await SupervisedRunner.create({ limits: { logBytesMax: 1000 } });
    await fake.runner.start();
    for (let i = 0; i < 3; i++) await fake.runJob({ stderrBytes: 600 });
    await fake.runner.stop({ graceSeconds: 20 });
    const sizes = await Promise.all(
      ['fake.log', 'fake.log.1'].map((file) => Bun.file(join(fake.folders.logs, file)).size),
    );
    expect(sizes).toEqual([600, 600]);
  });
});
