import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readApiKey } from '../demonstration/api-key.ts';
import { startAppliance } from '../demonstration/appliance-process.ts';
import { type Client, createClient } from '../demonstration/client.ts';
import { report } from './table.ts';

/** The whole appliance with its embedded engines, as `./scripts/start` runs it. */
export interface BenchAppliance {
  pid: number;
  origin: string;
  apiKey: string;
  client: Client;
  dataFolder: string;
  /** The first lines of its log that speak of errors. */
  errorLines: () => string[];
  /** For files that are no part of the appliance's own. */
  workFolder: string;
}

const errorLinesShownMax = 10;
const lineCharactersMax = 1000;

/** Starts an appliance on a new data folder, and stops and deletes it after `work`, whatever came of that. */
export async function withAppliance<T>(
  settings: Record<string, string>,
  work: (appliance: BenchAppliance) => Promise<T>,
): Promise<T> {
  const root = mkdtempSync(join(tmpdir(), 'kt-bench-'));
  const [dataFolder, workFolder] = [join(root, 'data'), join(root, 'work')];
  const logPath = join(root, 'appliance.log');
  const errorLines = () => readErrorLines(logPath);
  for (const folder of [dataFolder, workFolder]) mkdirSync(folder);
  try {
    const started = await startAppliance({
      ...{ dataFolder, isTemporary: true, port: null, logPath },
      environment: { ...process.env, KT_PROFILE: 'embedded', ...settings },
    });
    const { pid, origin } = started;
    const apiKey = readApiKey(dataFolder, undefined);
    const client = createClient({ origin, apiKey, signal: new AbortController().signal });
    try {
      return await work({ pid, origin, apiKey, client, dataFolder, workFolder, errorLines });
    } finally {
      await started.stop();
    }
  } catch (error) {
    for (const line of errorLines()) report(line);
    throw error;
  } finally {
    rmSync(root, { recursive: true });
  }
}

function readErrorLines(logPath: string): string[] {
  if (!existsSync(logPath)) return [];
  const lines = readFileSync(logPath, 'utf8').split('\n');
  return lines
    .filter((line) => line.includes('"level":"error"'))
    .slice(0, errorLinesShownMax)
    .map((line) => line.slice(0, lineCharactersMax));
}
