import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { getPriority, setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { ffmpeg } from '../../src/media/ffmpeg.ts';
import type { VideoCombineParams } from '../../src/tasks/video-combine.ts';
import { ProtocolClient } from '../../src/testing/protocol-client.ts';
import type { BenchOptions } from './options.ts';
import { cpuSeconds } from './cpu-seconds.ts';
import { plainCombine } from './plain-combine.ts';
import { processTree } from './process-tree.ts';
import { median } from './statistics.ts';
import { print, report, table } from './table.ts';

interface CombineCase {
  title: string;
  clips: number;
  secondsEach: number;
  overlapFrames: number;
  /** Whether the plain command does the same work; a copied video has no such command beside it. */
  isEncoded: boolean;
}

const cases: readonly CombineCase[] = [
  { title: '2 × 10 s, 3 frames overlap', clips: 2, secondsEach: 10, overlapFrames: 3, isEncoded: true },
  { title: '10 × 5 s, 3 frames overlap', clips: 10, secondsEach: 5, overlapFrames: 3, isEncoded: true },
  { title: '2 × 10 s, pictures copied', clips: 2, secondsEach: 10, overlapFrames: 0, isEncoded: false },
  { title: '10 × 5 s, pictures copied', clips: 10, secondsEach: 5, overlapFrames: 0, isEncoded: false },
];

const canvas = { width: 1280, height: 720, frameRate: { numerator: 30, denominator: 1 } };
const program = 'src/embedded/video-combine/main.ts';
const roundsDefault = 3;
const ratioMax = 1.05;

/**
 * `video.combine` by its runner, beside one ffmpeg that does the same work with the same encoder settings. The runner
 * looks at the clips itself; the plain command is told what is in them before its time begins.
 */
export async function benchmarkCombine({ rounds = roundsDefault }: BenchOptions): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'kt-combine-'));
  const runner = await startRunner(folder);
  // The plain command inherits it: else whatever works beside the benchmark would slow the runner alone.
  setPriority(getPriority(runner.pid));
  const rows: string[][] = [];
  let isFastEnough = true;
  try {
    for (const combineCase of cases) {
      report(combineCase.title);
      const measured = await measureCase(combineCase, { folder, runner, rounds });
      isFastEnough &&= !combineCase.isEncoded || measured.ratio <= ratioMax;
      rows.push(rowOf(combineCase, measured));
    }
  } finally {
    await runner.child.kill();
    rmSync(folder, { recursive: true });
  }
  print(`\n1280×720 at 30 fps with sound, medians of ${rounds} rounds; CPU is user and system time.\n\n`);
  const headings = ['video.combine s', 'its CPU s', 'plain ffmpeg s', 'its CPU s', 'ratio', 'target'];
  print(table(['', ...headings], rows));
  return isFastEnough;
}

interface Runner {
  child: ProtocolClient;
  pid: number;
}

interface Bench {
  folder: string;
  runner: Runner;
  rounds: number;
}

interface Taken {
  wallSeconds: number;
  cpuSeconds: number;
}

interface Measured {
  combined: Taken;
  plain: Taken;
  /** Of the wall times of a round, which run one after the other: the machine may be slower in another. */
  ratio: number;
}

function rowOf({ title, isEncoded }: CombineCase, { combined, plain, ratio }: Measured): string[] {
  const figures = ({ wallSeconds, cpuSeconds: cpu }: Taken) => [wallSeconds.toFixed(2), cpu.toFixed(2)];
  const comparison = isEncoded ? [...figures(plain), ratio.toFixed(3), `≤ ${ratioMax}`] : ['', '', '', ''];
  return [title, ...figures(combined), ...comparison];
}

async function measureCase(combineCase: CombineCase, { folder, runner, rounds }: Bench): Promise<Measured> {
  const { clips, overlapFrames, isEncoded } = combineCase;
  const paths = Array.from({ length: clips }, (_, index) => join(folder, `clip-${clips}-${index}.mp4`));
  for (const [index, path] of paths.entries()) await makeClip(path, index, combineCase.secondsEach);
  const params: VideoCombineParams = { clipPaths: paths, overlapFrames, ...canvas };
  const command = await plainCombine(params, join(folder, 'plain.mp4'));
  const combined: Taken[] = [];
  const plain: Taken[] = [];
  for (let round = 0; round < rounds; round++) {
    const job = { runner, params, folder: join(folder, `job-${clips}-${overlapFrames}-${round}`) };
    const runRunner = async () => combined.push(await taken(runner.pid, () => runJob(job, isEncoded)));
    const runPlain = async () => plain.push(await taken(process.pid, () => ffmpeg(command)));
    // In turns, so that neither always comes behind the other.
    const turns = round % 2 === 0 ? [runRunner, runPlain] : [runPlain, runRunner];
    for (const run of isEncoded ? turns : [runRunner]) await run();
  }
  const ratio = median(
    combined.map(({ wallSeconds }, n) => wallSeconds / (plain[n]?.wallSeconds ?? Number.NaN)),
  );
  return { combined: medians(combined), plain: medians(plain), ratio };
}

function medians(all: readonly Taken[]): Taken {
  return {
    wallSeconds: median(all.map(({ wallSeconds }) => wallSeconds)),
    cpuSeconds: median(all.map(({ cpuSeconds: cpu }) => cpu)),
  };
}

async function makeClip(path: string, index: number, durationSeconds: number): Promise<void> {
  const { width, height, frameRate } = canvas;
  const picture = `testsrc2=size=${width}x${height}:rate=${frameRate.numerator},hue=h=${40 * index}`;
  const sound = `sine=frequency=${220 + 55 * index}:sample_rate=48000`;
  await ffmpeg([
    ...['-f', 'lavfi', '-i', picture, '-f', 'lavfi', '-i', sound, '-t', String(durationSeconds)],
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-bf', '0', '-pix_fmt', 'yuv420p', '-c:a', 'aac', path],
  ]);
}

async function startRunner(scratchRoot: string): Promise<Runner> {
  const child = new ProtocolClient(['bun', 'run', program]);
  const answer = await child.request('initialize', { protocolVersion: 1, scratchRoot });
  if ('error' in answer) throw new Error(answer.error.message);
  const started = processTree(process.pid).find(({ command }) => command.includes(program));
  if (!started) throw new Error('The runner is not among the processes.');
  return { child, pid: started.pid };
}

async function runJob(
  job: { runner: Runner; params: VideoCombineParams; folder: string },
  isEncoded: boolean,
): Promise<void> {
  const { runner, params, folder } = job;
  const folders = { outputFolder: join(folder, 'out'), scratchFolder: join(folder, 'scratch') };
  for (const path of Object.values(folders)) await mkdir(path, { recursive: true });
  const request = { jobId: 'job_bench', task: 'video.combine', params, ...folders };
  const answer = await runner.child.request('run', request);
  if ('error' in answer) throw new Error(answer.error.message);
  const method = isEncoded ? 'encoded' : 'copied';
  if (!JSON.stringify(answer.result).includes(`"method":"${method}"`))
    throw new Error(`The pictures were not ${method}.`);
  rmSync(folder, { recursive: true });
}

/** @param pid whose processor time counts, with that of what it starts */
async function taken(pid: number, work: () => Promise<unknown>): Promise<Taken> {
  const startedAt = performance.now();
  const cpuBefore = cpuSeconds(pid);
  await work();
  const wallSeconds = (performance.now() - startedAt) / 1000;
  return { wallSeconds, cpuSeconds: cpuSeconds(pid) - cpuBefore };
}
