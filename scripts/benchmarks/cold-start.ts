import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAppliance } from '../demonstration/appliance-process.ts';
import { median } from './statistics.ts';

const starts = 5;

/** From spawning `src/main.ts` until it says that it is well: with a new data folder, and with one it knows. */
export async function coldStart(): Promise<string[][]> {
  const first: number[] = [];
  const later: number[] = [];
  for (let i = 0; i < starts; i++) {
    const folder = mkdtempSync(join(tmpdir(), 'kt-start-'));
    first.push(await startMs(folder));
    later.push(await startMs(folder));
    rmSync(folder, { recursive: true });
  }
  return [
    ['first start to healthy, ms', median(first).toFixed(0), '≤ 400'],
    ['later start to healthy, ms', median(later).toFixed(0), '≤ 400'],
  ];
}

async function startMs(folder: string): Promise<number> {
  const startedAt = performance.now();
  const appliance = await startAppliance({
    ...{ dataFolder: join(folder, 'data'), isTemporary: true, port: null },
    ...{ logPath: join(folder, 'appliance.log'), environment: process.env },
  });
  const response = await fetch(`${appliance.origin}/api/v1/health`);
  const health: { status: string } = JSON.parse(await response.text());
  const milliseconds = performance.now() - startedAt;
  await appliance.stop();
  if (health.status !== 'ok') throw new Error(`The appliance is ${health.status}.`);
  return milliseconds;
}
