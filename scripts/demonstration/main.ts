import { join } from 'node:path';
import { readApiKey } from './api-key.ts';
import { type ApplianceProcess, startAppliance } from './appliance-process.ts';
import { demonstrate } from './demonstrate.ts';
import { openFolders } from './folders.ts';
import { BadUsage, type DemoOptions, readOptions, usage } from './options.ts';

/** Ctrl-C, or a signal that means the same. */
class Interrupted extends Error {}

const exitCodes = { good: 0, failed: 1, badUsage: 2, interrupted: 130 };

/** Starts the appliance, shows it, and stops it however that ends. @returns the exit code */
async function main(options: DemoOptions): Promise<number> {
  const folders = openFolders(process.env.KT_DATA_DIR);
  const logPath = join(folders.files, 'appliance.log');
  const interruption = new AbortController();
  let appliance: ApplianceProcess | undefined;
  const interrupt = () => {
    // The second time, the appliance is killed.
    if (interruption.signal.aborted) void appliance?.stop();
    interruption.abort(new Interrupted());
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);
  // Whoever reads is gone, as after `| head`.
  process.stdout.on('error', interrupt);
  try {
    const { port, playsStudio } = options;
    const { data: dataFolder, isTemporary } = folders;
    appliance = await startAppliance({ dataFolder, isTemporary, port, logPath, environment: process.env });
    // A key in the environment is that of a lasting appliance.
    const apiKey = readApiKey(dataFolder, isTemporary ? undefined : process.env.KT_API_KEY);
    const { signal } = interruption;
    const staysUp = !options.exits;
    const isGood = await demonstrate({
      ...{ appliance, apiKey, folders, staysUp, playsStudio, interruption: signal },
    });
    return isGood ? exitCodes.good : exitCodes.failed;
  } catch (error) {
    if (interruption.signal.aborted) return exitCodes.interrupted;
    process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
    return exitCodes.failed;
  } finally {
    if (appliance) {
      process.stdout.write('\nStopping the appliance … ');
      await appliance.stop();
      process.stdout.write(`stopped.\nThe files are in ${folders.files}\n`);
    }
    folders.cleanUp({ everything: appliance === undefined });
  }
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options.asksForHelp) process.stdout.write(usage);
  process.exitCode = options.asksForHelp ? exitCodes.good : await main(options);
} catch (error) {
  if (!(error instanceof BadUsage)) throw error;
  process.stderr.write(`${error.message}\n\n${usage}`);
  process.exitCode = exitCodes.badUsage;
}
