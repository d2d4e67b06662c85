import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ffmpeg } from './media/ffmpeg.ts';
import { projectRoot } from './testing/test-appliance.ts';

/** What is left of the real programs when the appliance is killed in the middle of an encode: nothing. */

interface Process {
  pid: number;
  parentPid: number;
  groupId: number;
  niceness: number;
  isZombie: boolean;
  command: string;
}

/** Every process of the machine, from `/proc`, see proc(5). */
function processes(): Process[] {
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name);
    const stat = Number.isInteger(pid) ? readOrEmpty(`/proc/${pid}/stat`) : '';
    if (stat === '') return [];
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return {
      pid,
      parentPid: Number(fields[1]),
      groupId: Number(fields[2]),
      niceness: Number(fields[16]),
      isZombie: fields[0] === 'Z',
      command: readOrEmpty(`/proc/${pid}/cmdline`).replaceAll('\0', ' '),
    };
  });
}
function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
const isFfmpeg = ({ command }: Process) => command.startsWith('ffmpeg ');

/** Looks until `find` answers something. */
async function eventually<T>(find: () => T | undefined): Promise<T> {
  for (let tries = 0; tries < 600; tries++) {
    const found = find();
    if (found !== undefined) return found;
    await Bun.sleep(50);
  }
  throw new Error('It did not happen.');
}

let dataFolder: string;
let child: ReturnType<typeof start> | undefined;

function start() {
  return Bun.spawn([process.execPath, 'run', 'src/main.ts'], {
    cwd: projectRoot,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
    env: {
      PATH: process.env.PATH ?? '',
      KT_DATA_DIR: dataFolder,
      ...{ KT_PORT: '0', KT_PROFILE: 'embedded', KT_LOG_LEVEL: 'error', KT_SHUTDOWN_GRACE_SECONDS: '0' },
    },
  });
}

async function startAndSubmit(body: object): Promise<void> {
  child = start();
  const { value } = await child.stdout.getReader().read();
  const origin = /http:\/\/\S+/.exec(new TextDecoder().decode(value))?.[0] ?? '';
  const key = /KT_API_KEY=(\S+)/.exec(readFileSync(join(dataFolder, 'first-run.txt'), 'utf8'))?.[1] ?? '';
  const response = await fetch(`${origin}/api/v1/media/jobs`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(202);
}

/** The processes of the runner that encodes now. */
function encodingGroup(): Process[] | undefined {
  const runners = new Set(
    processes()
      .filter(({ parentPid }) => parentPid === child?.pid)
      .map(({ groupId }) => groupId),
  );
  const group = processes().filter(({ groupId }) => runners.has(groupId));
  return group.some(isFfmpeg) ? group : undefined;
}
const membersOf = (groupId: number) =>
  processes().filter((process) => process.groupId === groupId && !process.isZombie);
const isEmpty = (groupId: number) => membersOf(groupId).length === 0 || undefined;

const film = { task: 'video.generate', input: { prompt: 'a storm at sea', durationSeconds: 20 } };

/** Two clips of few frames, that take long to join at many a second. */
async function longClips(): Promise<object> {
  const path = join(dataFolder, 'clip.mp4');
  const picture = ['-f', 'lavfi', '-i', 'color=c=teal:s=1920x1080:r=1:d=40'];
  await ffmpeg([...picture, '-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '51', '-f', 'mp4', path]);
  const dataBase64 = Buffer.from(await Bun.file(path).bytes()).toString('base64');
  const clip = { mimeType: 'video/mp4', dataBase64 };
  return { task: 'video.combine', input: { videos: [clip, clip], frameRate: 120 } };
}

beforeEach(() => {
  dataFolder = mkdtempSync(join(tmpdir(), 'kt-orphans-'));
});
afterEach(async () => {
  child?.kill('SIGKILL');
  await child?.exited;
  rmSync(dataFolder, { recursive: true, force: true });
});

describe('an appliance that is killed in the middle of an encode', () => {
  test.each([
    ['a film', async () => film],
    ['clips that are joined', longClips],
  ])('of %s leaves no process behind', async (_name, makeBody) => {
    await startAndSubmit(await makeBody());
    const group = await eventually(encodingGroup);
    expect(group.filter(isFfmpeg).map(({ niceness }) => niceness)).toEqual(
      group.filter(isFfmpeg).map(() => 10),
    );
    child?.kill('SIGKILL');
    await eventually(() => isEmpty(group[0]?.groupId ?? 0));
  });

  test('together with its runner leaves no encode to the next start', async () => {
    await startAndSubmit(await longClips());
    const group = await eventually(encodingGroup);
    const groupId = group[0]?.groupId ?? 0;
    child?.kill('SIGKILL');
    process.kill(groupId, 'SIGKILL');
    await child?.exited;
    child = start();
    await child.stdout.getReader().read();
    await eventually(() => isEmpty(groupId));
  });
});

describe('an appliance that is stopped in the middle of an encode', () => {
  test('leaves no process behind either', async () => {
    await startAndSubmit(film);
    const group = await eventually(encodingGroup);
    child?.kill('SIGTERM');
    expect(await child?.exited).toBe(0);
    expect(membersOf(group[0]?.groupId ?? 0)).toEqual([]);
  });
});
