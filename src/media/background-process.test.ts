import { afterEach, describe, expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { join } from 'node:path';
import { until } from '../testing/until.ts';
import { endingWithParent } from './background-process.ts';

/** A program that reads a sound without an end, in real time. */
const program = `
  import { ffmpeg } from './src/media/ffmpeg.ts';
  await ffmpeg(['-re', '-f', 'lavfi', '-i', 'anullsrc', '-f', 'null', '-']);
`;

interface Process {
  pid: number;
  parentPid: number;
  niceness: number;
  name: string;
}

/** The processes that run, see proc(5). */
function processes(): Process[] {
  return readdirSync('/proc').flatMap((folder) => {
    const stat = /^\d+$/.test(folder) ? readOrEmpty(`/proc/${folder}/stat`) : '';
    const [, name = '', rest = ''] = /\((.*)\) (.*)/s.exec(stat) ?? [];
    const fields = rest.split(' ');
    if (fields[0] === '' || fields[0] === 'Z') return [];
    return { pid: Number(folder), parentPid: Number(fields[1]), niceness: Number(fields[16]), name };
  });
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

let parent: ReturnType<typeof start> | undefined;
function start() {
  return Bun.spawn([process.execPath, '-e', program], {
    cwd: join(import.meta.dir, '../..'),
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'inherit',
  });
}
afterEach(async () => {
  parent?.kill('SIGKILL');
  await parent?.exited;
});

const ffmpegOf = (parentPid: number) =>
  processes().find((found) => found.parentPid === parentPid && found.name === 'ffmpeg');

describe('an ffmpeg of ours', () => {
  test('has the low priority of the background', async () => {
    parent = start();
    const { pid } = parent;
    await until(() => ffmpegOf(pid) !== undefined);
    expect(ffmpegOf(pid)?.niceness).toBe(Math.max(10, getPriority()));
  });

  test('ends with the process that started it, when that is killed', async () => {
    parent = start();
    const { pid } = parent;
    await until(() => ffmpegOf(pid) !== undefined);
    const child = ffmpegOf(pid)?.pid;
    parent.kill('SIGKILL');
    await parent.exited;
    await until(() => !processes().some((found) => found.pid === child));
  });
});

test('a program that is missing is reported as such', () => {
  expect(() => Bun.spawn(endingWithParent(['no-such-program', 'x']))).toThrow(
    expect.objectContaining({ code: 'ENOENT' }),
  );
});
