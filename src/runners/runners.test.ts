import { expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../log.ts';
import { fakeManifest } from '../testing/supervised-runner.ts';
import { createRunners } from './runners.ts';

test('each model has its own runner, and all of them stop together', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kt-runners-'));
  const runners = createRunners({
    manifests: [fakeManifest, { ...fakeManifest, name: 'other' }],
    clock: () => 0,
    log: silentLog,
    environment: { PATH: process.env.PATH },
    folders: { project: process.cwd(), logs: folder, run: folder, scratch: folder },
    limits: { startSeconds: 20, stallSeconds: 20, outputBytesMax: 1000, logBytesMax: 1000 },
  });
  await Promise.all(runners.all.map((runner) => runner.start()));
  expect(runners.runnerFor('other').manifest.name).toBe('other');
  expect(() => runners.runnerFor('third')).toThrow('There is no model named third.');
  await runners.stop({ graceSeconds: 0 });
  expect(runners.all.map((runner) => runner.state().name)).toEqual(['stopped', 'stopped']);
  await rm(folder, { recursive: true });
});
