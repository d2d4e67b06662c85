import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ffmpeg } from '../../src/media/ffmpeg.ts';
import type { VideoCombineParams } from '../../src/tasks/video-combine.ts';
import { ProtocolClient } from '../../src/testing/protocol-client.ts';
import type { BenchOptions } from './options.ts';
import { plainCombine } from './plain-combine.ts';
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
const roundsDefault = 3;
const ratioMax = 1.05;

/** `video.combine` by its runner, beside one ffmpeg that does the same work with the same encoder settings. */
export async function benchmarkCombine({ rounds = roundsDefault }: BenchOptions): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'kt-combine-'));
  const runner = await startRunner(folder);
  const rows: string[][] = [];
  let isFastEnough = true;
  try {
    for (const combineCase of cases) {
      report(combineCase.title);
      const { title, isEncoded } = combineCase;
      const { runnerSeconds, plainSeconds } = await measureCase(combineCase, { folder, runner, rounds });
      const ratio = runnerSeconds / plainSeconds;
      isFastEnough &&= !isEncoded || ratio <= ratioMax;
      const comparison = isEncoded
        ? [plainSeconds.toFixed(2), ratio.toFixed(3), `≤ ${ratioMax}`]
        : ['', '', ''];
      rows.push([title, runnerSeconds.toFixed(2), ...comparison]);
    }
  } finally {
    await runner.kill();
    rmSync(folder, { recursive: true });
  }
  print(`\n1280×720 at 30 fps with sound, median of ${rounds} rounds.\n\n`);
  print(table(['', 'video.combine s', 'plain ffmpeg s', 'ratio', 'target'], rows));
  return isFastEnough;
}

interface Bench {
  folder: string;
  runner: ProtocolClient;
  rounds: number;
}

async function measureCase(combineCase: CombineCase, { folder, runner, rounds }: Bench) {
  const { clips, overlapFrames, isEncoded } = combineCase;
  const paths = Array.from({ length: clips }, (_, index) => join(folder, `clip-${clips}-${index}.mp4`));
  for (const [index, path] of paths.entries()) await makeClip(path, index, combineCase.secondsEach);
  const params: VideoCombineParams = { clipPaths: paths, overlapFrames, ...canvas };
  const runnerTimes: number[] = [];
  const plainTimes: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const job = { runner, params, folder: join(folder, `job-${clips}-${overlapFrames}-${round}`) };
    runnerTimes.push(await seconds(() => runJob(job, isEncoded)));
    if (isEncoded) plainTimes.push(await seconds(() => plainCombine(params, join(folder, 'plain.mp4'))));
  }
  return { runnerSeconds: median(runnerTimes), plainSeconds: median(plainTimes) };
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

async function startRunner(scratchRoot: string): Promise<ProtocolClient> {
  const runner = new ProtocolClient(['bun', 'run', 'src/embedded/video-combine/main.ts']);
  const answer = await runner.request('initialize', { protocolVersion: 1, scratchRoot });
  if ('error' in answer) throw new Error(answer.error.message);
  return runner;
}

async function runJob(
  job: { runner: ProtocolClient; params: VideoCombineParams; folder: string },
  isEncoded: boolean,
): Promise<void> {
  const { runner, params, folder } = job;
  const folders = { outputFolder: join(folder, 'out'), scratchFolder: join(folder, 'scratch') };
  for (const path of Object.values(folders)) await mkdir(path, { recursive: true });
  const request = { jobId: 'job_bench', task: 'video.combine', params, ...folders };
  const answer = await runner.request('run', request);
  if ('error' in answer) throw new Error(answer.error.message);
  const method = isEncoded ? 'encoded' : 'copied';
  if (!JSON.stringify(answer.result).includes(`"method":"${method}"`))
    throw new Error(`The pictures were not ${method}.`);
  rmSync(folder, { recursive: true });
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1000;
}
