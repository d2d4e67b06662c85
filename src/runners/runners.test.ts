import { expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../log.ts';
import { fakeManifest, gone } from '../testing/supervised-runner.ts';
import { createRunners } from './runners.ts';

test('each model has its own runner, and all of them stop together', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kt-runners-'));
  const runners = createRunners({
    manifests: [fakeManifest, { ...fakeManifest, name: 'other' }],
    clock: () => 0,
    log: silentLog,
    environment: { PATH: process.env.PATH },
    folders: { project: process.cwd(), environments: folder, logs: folder, run: folder, scratch: folder },
    limits: { startSeconds: 20, stallSeconds: 20, outputBytesMax: 1000, logBytesMax: 1000 },
  });
  await Promise.all(runners.all.map((runner) => runner.start()));
  expect(runners.runnerFor('other').manifest.name).toBe('other');
  expect(() => runners.runnerFor('third')).toThrow('There is no model named third.');
  await runners.stop({ graceSeconds: 0 });
  expect(runners.all.map((runner) => runner.state().name)).toEqual(['stopped', 'stopped']);
  await rm(folder, { recursive: true });
});

test('the runners of a killed appliance end by themselves', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kt-runners-'));
  const appliance = `
    import { silentLog } from './src/log.ts';
    import { createRunners } from './src/runners/runners.ts';
    import { fakeManifest, gone } from './src/testing/supervised-runner.ts';
    const folder = ${JSON.stringify(folder)};
    const runners = createRunners({
      manifests: [fakeManifest, { ...fakeManifest, name: 'other' }],
      clock: () => 0,
      log: silentLog,
      environment: process.env,
      folders: { project: '.', environments: folder, logs: folder, run: folder, scratch: folder },
      limits: { startSeconds: 20, stallSeconds: 20, outputBytesMax: 1000, logBytesMax: 1000 },
    });
    await Promise.all(runners.all.map((runner) => runner.start()));
    process.kill(process.pid, 'SIGKILL');
  `;
  const dying = Bun.spawn([process.execPath, '-e', appliance], { stdout: 'inherit', stderr: 'inherit' });
  await dying.exited;
  expect(dying.signalCode).toBe('SIGKILL');
  for (const model of ['fake', 'other']) {
    const record = await Bun.file(join(folder, `${model}.pid`)).json();
    await gone(record.pid);
  }
  await rm(folder, { recursive: true });
});
