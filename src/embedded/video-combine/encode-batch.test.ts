import { expect, test } from 'bun:test';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ffmpeg } from '../../media/ffmpeg.ts';
import { sharedColour } from './colour.ts';
import { encodeBatch } from './encode-batch.ts';
import { inspectClip } from './inspect-clip.ts';
import { readPictureTimes } from './picture-times.ts';
import { planSegments } from './plan.ts';
import type { Batch } from './plan-batches.ts';

const { signal } = new AbortController();

test('one process cuts unlike clips to the frame: another rate, another shape, two single frames', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kt-batch-'));
  const clips = [
    { frames: 20, fps: 30, luma: 40, size: '64x48', sar: '1' },
    { frames: 1, fps: 30, luma: 90, size: '64x48', sar: '1' },
    { frames: 1, fps: 30, luma: 65, size: '64x48', sar: '1' },
    { frames: 50, fps: 50, luma: 140, size: '32x48', sar: '2' },
    { frames: 9, fps: 30, luma: 190, size: '64x48', sar: '1' },
  ];
  const inspected = [];
  for (const [index, { frames, fps, luma, size, sar }] of clips.entries()) {
    const path = join(folder, `clip-${index}.mp4`);
    const picture = `nullsrc=s=${size}:r=${fps},format=yuv420p,geq=lum=${luma}:cb=128:cr=128,setsar=${sar}`;
    await ffmpeg(['-f', 'lavfi', '-i', picture, '-frames:v', String(frames), '-c:v', 'libx264', path]);
    inspected.push(await inspectClip(path, signal));
  }
  const params = {
    clipPaths: [],
    overlapFrames: 0,
    frameRate: { numerator: 30, denominator: 1 },
    width: 64,
    height: 48,
  };
  const [first, ...rest] = planSegments(inspected, params);
  if (!first) throw new Error('There is no segment.');
  const batch: Batch = [first, ...rest];
  const made = await encodeBatch(batch, { params, colour: sharedColour(inspected), folder }, { signal });
  expect(made.frames).toBe(61);
  const times = await readPictureTimes(made.path, signal);
  expect(times.map((seconds) => Math.round(seconds * 3000))).toEqual(times.map((_, i) => i * 100));
  expect(times).toHaveLength(61);
  const raw = await ffmpeg(['-i', made.path, '-vf', 'crop=2:2:0:24,format=gray', '-f', 'rawvideo', 'pipe:1']);
  const lumas = Array.from({ length: raw.length / 4 }, (_, i) =>
    Math.round(((raw[i * 4] ?? 0) * 219) / 255 + 16),
  );
  const nearest = lumas.map((luma) => clips.findIndex((clip) => Math.abs(clip.luma - luma) < 6));
  expect(nearest).toEqual([...Array(20).fill(0), 1, 2, ...Array(30).fill(3), ...Array(9).fill(4)]);
});
