import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gone, isAlive } from '../testing/supervised-runner.ts';
import { killGroup, killLeftovers, recordProcess } from './process-group.ts';
import { spawnChild } from './spawn.ts';

let runFolder: string;
beforeAll(async () => {
  runFolder = await mkdtemp(join(tmpdir(), 'kt-run-'));
});
afterAll(() => rm(runFolder, { recursive: true }));

/** A child that doesn't notice the end of its stdin, as if its appliance had been killed in the middle of a computation. */
function startDeafChild() {
  const command = ['sh', '-c', 'sleep 60 & echo $!; wait'];
  return spawnChild({ command, folder: '.', environment: { PATH: process.env.PATH ?? '' } });
}

test('a runner left behind by a killed appliance is killed with its own children at the next start', async () => {
  const child = startDeafChild();
  const reader = child.stdout.getReader();
  const grandchild = Number(new TextDecoder().decode((await reader.read()).value));
  expect(await isAlive(grandchild)).toBe(true);
  await recordProcess({ runFolder, model: 'deaf', pid: child.pid });
  expect(await killLeftovers(runFolder)).toEqual(['deaf']);
  expect((await child.exited).signal).toBe('SIGKILL');
  await gone(grandchild);
  expect(await readdir(runFolder)).toEqual([]);
});

test('what a killed runner had started is killed at the next start, though the runner is gone', async () => {
  const child = startDeafChild();
  const grandchild = Number(new TextDecoder().decode((await child.stdout.getReader().read()).value));
  await recordProcess({ runFolder, model: 'headless', pid: child.pid });
  process.kill(child.pid, 'SIGKILL');
  await child.exited;
  expect(await isAlive(grandchild)).toBe(true);
  expect(await killLeftovers(runFolder)).toEqual(['headless']);
  await gone(grandchild);
});

test('a process that only has the number of a dead runner is left alone', async () => {
  const child = startDeafChild();
  const path = join(runFolder, 'other.pid');
  await recordProcess({ runFolder, model: 'other', pid: child.pid });
  const recorded = JSON.parse(await readFile(path, 'utf8'));
  for (const change of [{ startTicks: '1' }, { bootId: '00000000-0000-0000-0000-000000000000' }]) {
    await writeFile(path, JSON.stringify({ ...recorded, ...change }));
    expect(await killLeftovers(runFolder)).toEqual([]);
    expect(await isAlive(child.pid)).toBe(true);
  }
  child.kill();
  await child.exited;
});

test('records that name no process are cleared away', async () => {
  await writeFile(join(runFolder, 'half.pid'), '{"pid":12');
  await recordProcess({ runFolder, model: 'dead', pid: 2 ** 30 });
  expect(await killLeftovers(runFolder)).toEqual([]);
  expect(await readdir(runFolder)).toEqual([]);
});

test('killing a group that is gone is no error', () => {
  expect(() => killGroup(2 ** 30)).not.toThrow();
});
