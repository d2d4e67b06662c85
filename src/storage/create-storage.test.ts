import { expect, test } from 'bun:test';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { projectRoot } from '../testing/test-appliance.ts';

/** Whether system calls can be watched here: strace is there, and the sandbox lets it. Else the test is skipped. */
const mayTrace = (() => {
  try {
    return Bun.spawnSync(['strace', '-o', '/dev/null', 'true']).exitCode === 0;
  } catch {
    return false;
  }
})();

interface Call {
  name: 'mkdir' | 'fsync';
  path: string;
}

/** The folders that a first start makes and the paths that it has written to disk, in order. */
async function traceFirstStart(dataFolder: string): Promise<Call[]> {
  const folder = mkdtempSync(join(tmpdir(), 'kt-trace-'));
  const trace = join(folder, 'calls');
  // -D: the child is the appliance itself, and strace only looks on.
  const watched = [
    'strace',
    '-D',
    '-f',
    '-y',
    '-o',
    trace,
    '-e',
    'trace=mkdir,mkdirat,fsync',
    process.execPath,
  ];
  const child = Bun.spawn([...watched, 'run', 'src/testing/appliance-program.ts', folder], {
    cwd: projectRoot,
    env: { ...process.env, KT_DATA_DIR: dataFolder },
    stdout: 'pipe',
    stderr: 'inherit',
  });
  // It writes its address once it listens.
  await child.stdout.getReader().read();
  child.kill('SIGKILL');
  await child.exited;
  return readFileSync(trace, 'utf8')
    .split('\n')
    .flatMap((line): Call[] => {
      const made = /mkdir(?:at)?\(.*"(.+)", \d+\) = 0/.exec(line)?.[1];
      if (made !== undefined) return [{ name: 'mkdir', path: made }];
      const synced = /fsync\(\d+<(.+)>\) += 0/.exec(line)?.[1];
      return synced === undefined ? [] : [{ name: 'fsync', path: synced }];
    });
}

test.skipIf(!mayTrace)(
  'a first start has the name of every folder that files are kept in on disk',
  async () => {
    const root = mkdtempSync(join(tmpdir(), 'kt-tree-'));
    const dataFolder = join(root, 'new', 'data');
    const calls = await traceFirstStart(dataFolder);
    const kept = ['', 'secrets', 'files', 'files/jobs'].map((name) => join(dataFolder, name));
    for (const path of [dirname(dataFolder), ...kept.map((name) => name.replace(/\/$/, ''))]) {
      const made = calls.findIndex((call) => call.name === 'mkdir' && call.path === path);
      const synced = calls.findLastIndex((call) => call.name === 'fsync' && call.path === dirname(path));
      expect([path, made >= 0, synced > made]).toEqual([path, true, true]);
    }
  },
);
