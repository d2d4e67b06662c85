import { demoJobs } from '../demonstration/demo-jobs.ts';
import { runJobs } from '../demonstration/run-jobs.ts';
import { makeSources } from '../demonstration/sources.ts';
import { withAppliance } from './bench-appliance.ts';
import { processTree, proportionalBytes } from './process-tree.ts';
import { report } from './table.ts';

/** Long enough for what a job has used to be given back. */
const settleMs = 3000;

/** Proportional set size of the server and of its runners: after the start, and after one job of each engine. */
export async function idleMemory(): Promise<string[][]> {
  report('measuring the idle memory, before and after one job of each engine');
  return withAppliance({}, async ({ pid, client, workFolder }) => {
    await Bun.sleep(settleMs);
    const fresh = memory(pid);
    const jobs = demoJobs(await makeSources(workFolder));
    const { signal } = new AbortController();
    const results = await runJobs(jobs, { client, folder: workFolder, signal, onProgress: () => {} });
    const failed = [...results].filter(([, { kind }]) => kind !== 'saved').map(([title]) => title);
    if (failed.length > 0) throw new Error(`These jobs failed: ${failed.join(', ')}.`);
    await Bun.sleep(settleMs);
    const used = memory(pid);
    return [
      ['idle memory after the start, MB', megabytes(fresh.server + fresh.runners), ''],
      ['after one job of each engine: server, MB', megabytes(used.server), ''],
      [`after one job of each engine: ${used.count} runners, MB`, megabytes(used.runners), ''],
      ['after one job of each engine: all, MB', megabytes(used.server + used.runners), ''],
    ];
  });
}

function memory(serverPid: number): { server: number; runners: number; count: number } {
  const [server = 0, ...runners] = processTree(serverPid).map(({ pid }) => proportionalBytes(pid));
  return { server, runners: runners.reduce((sum, bytes) => sum + bytes, 0), count: runners.length };
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}
