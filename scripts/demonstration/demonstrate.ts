import { join } from 'node:path';
import { styleText } from 'node:util';
import { aborted } from './aborted.ts';
import type { ApplianceProcess } from './appliance-process.ts';
import { type Client, createClient, type Health } from './client.ts';
import { type DemoJob, demoJobs } from './demo-jobs.ts';
import type { DemoFolders } from './folders.ts';
import { seconds } from './format.ts';
import { liveDisplay, logDisplay } from './progress-display.ts';
import { resultTable } from './result-table.ts';
import { type Results, runJobs } from './run-jobs.ts';
import { makeSources } from './sources.ts';
import { playStudioSession } from './studio-session.ts';

export interface DemonstrateOptions {
  appliance: ApplianceProcess;
  apiKey: string;
  folders: DemoFolders;
  /** Then it lasts until the interruption, which is no failure any more. */
  staysUp: boolean;
  /** A session in Studio instead of the nine tasks. */
  playsStudio: boolean;
  interruption: AbortSignal;
}

const write = (text: string) => void process.stdout.write(text);
const heading = (text: string) => styleText('bold', text);

/**
 * Runs the jobs, says what came of them, and may stay.
 * @returns whether every job succeeded
 * @throws ApplianceEnded, the interruption's reason, or whatever else broke a step
 */
export async function demonstrate(options: DemonstrateOptions): Promise<boolean> {
  const { appliance, apiKey, folders, staysUp, playsStudio, interruption } = options;
  const { origin } = appliance;
  const ending = new AbortController();
  const end = (error: unknown) => ending.abort(error);
  void appliance.ended.then(end, end);
  const signal = AbortSignal.any([interruption, ending.signal]);
  signal.throwIfAborted();
  const client = createClient({ origin, apiKey, signal });
  write(`${greeting(origin, await client.health(), folders)}\n`);

  const isGood = await (playsStudio ? showStudio : showTasks)({ client, folder: folders.files, signal });
  if (staysUp) {
    write(`\n${invitation({ origin, apiKey }, folders)}\n`);
    await aborted(signal);
    ending.signal.throwIfAborted();
  }
  return isGood;
}

interface Stage {
  client: Client;
  folder: string;
  signal: AbortSignal;
}

/** @returns whether every job succeeded */
async function showTasks(stage: Stage): Promise<boolean> {
  const jobs = demoJobs(await makeSources(join(stage.folder, 'inputs')));
  const startedMs = performance.now();
  const results = await showJobs(jobs, stage);
  const elapsed = seconds((performance.now() - startedMs) / 1000);
  const failures = describeFailures(results);
  write(`\n${resultTable(jobs, results)}\n\n${failures}Finished in ${elapsed}.\n`);
  return failures === '';
}

/** @throws RequestFailed */
async function showStudio({ client, folder }: Stage): Promise<boolean> {
  await playStudioSession({ client, folder, write });
  return true;
}

async function showJobs(jobs: DemoJob[], options: Stage): Promise<Results> {
  const titles = jobs.map(({ title }) => title);
  const display = process.stdout.isTTY ? liveDisplay(titles, process.stdout) : logDisplay(titles, write);
  try {
    return await runJobs(jobs, { ...options, onProgress: display.change });
  } finally {
    display.close();
  }
}

function greeting(origin: string, health: Health, { data, files, isTemporary }: DemoFolders): string {
  const { version, profile, reasons } = health;
  return `${heading('Killa Tamata: all media on one appliance')}

  Server         ${origin} (version ${version}, profile ${profile})
  Documentation  ${origin}/docs
  Data           ${data}${isTemporary ? ' (temporary)' : ''}
  Files          ${files}
${reasons.map((reason) => `\n  ${reason}\n`).join('')}`;
}

function describeFailures(results: Results): string {
  return [...results]
    .flatMap(([title, result]) => (result.kind === 'failed' ? [`${title} failed: ${result.message}\n`] : []))
    .join('');
}

function invitation(
  { origin, apiKey }: { origin: string; apiKey: string },
  { isTemporary }: DemoFolders,
): string {
  const until = isTemporary ? 'until Ctrl-C; its data folder goes then, the files stay' : 'until Ctrl-C';
  return `${heading(`The appliance stays up ${until}. Try it:`)}

  API_KEY=${apiKey}
  curl ${origin}/api/v1/media/jobs -H "Authorization: Bearer $API_KEY" \\
    -H 'Content-Type: application/json' \\
    -d '{"task": "image.generate", "input": {"prompt": "cinematic fox astronaut"}}'
  curl "${origin}/api/v1/media/jobs?jobId=<jobId>" -H "Authorization: Bearer $API_KEY"
`;
}
