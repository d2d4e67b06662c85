import { benchmarkApi } from './api.ts';
import { benchmarkAuth } from './auth.ts';
import { benchmarkCombine } from './combine.ts';
import { benchmarkCrash } from './crash.ts';
import { benchmarkEmbedded } from './embedded.ts';
import { benchmarkGpu } from './gpu.ts';
import { BadUsage, type BenchOptions, readOptions, usage } from './options.ts';
import { processTree } from './process-tree.ts';
import { benchmarkScheduler } from './scheduler.ts';
import { benchmarkSoak } from './soak.ts';

/** Each prints its tables and answers whether what must hold held. */
const commands = new Map<string, (options: BenchOptions) => Promise<boolean>>([
  ['api', benchmarkApi],
  ['auth', benchmarkAuth],
  ['combine', benchmarkCombine],
  ['embedded', benchmarkEmbedded],
  ['soak', benchmarkSoak],
  ['crash', benchmarkCrash],
  ['scheduler', benchmarkScheduler],
  ['gpu', benchmarkGpu],
]);

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options.asksForHelp) {
    process.stdout.write(usage);
    return 0;
  }
  const command = commands.get(options.command);
  if (!command) throw new BadUsage(`There is no command '${options.command}'.`);
  return (await command(options)) ? 0 : 1;
}

/** What was started must not outlive an interrupted run. */
function endAll(): void {
  for (const { pid } of processTree(process.pid).slice(1)) {
    try {
      process.kill(pid, 'SIGTERM');
    } catch (error) {
      // ESRCH: it has ended since.
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }
  process.exit(130);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, endAll);
try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof BadUsage)) throw error;
  process.stderr.write(`${error.message}\n\n${usage}`);
  process.exitCode = 2;
}
