import { join } from 'node:path';
import { type Appliance, createAppliance } from './appliance.ts';
import { systemClock } from './clock.ts';
import { listen } from './http/listen.ts';
import { createLog, type Log } from './log.ts';
import { loadSettings } from './settings/load-settings.ts';

const projectRoot = join(import.meta.dir, '..');

/** An orderly end that takes longer than its grace and this is no longer waited for. */
const stopSecondsMax = 20;

/** Reads the settings, builds the appliance, listens, and stops it when it is told to or something breaks. */
async function main(): Promise<void> {
  const environment = process.env;
  const settings = loadSettings({ projectRoot, environment });
  const write = (line: string) => process.stderr.write(`${line}\n`);
  outliveReaders();
  const log = createLog({ level: settings.log.level, now: systemClock, write });
  const appliance = await createAppliance({ settings, log, environment });
  stopWhenTold(appliance, log, settings.shutdown.graceSeconds);
  let origin: string;
  try {
    origin = listen(appliance.app, settings.server);
  } catch (error) {
    // Jobs have been started: back into the queue with them, or the attempt would count.
    await appliance.stop({ graceSeconds: 0 });
    throw error;
  }
  appliance.listening(origin);
  process.stdout.write(`Killa Tamata listens on ${origin} (data: ${settings.dataFolder})\n`);
  if (appliance.firstRun) {
    const { adminKey, apiKey, path } = appliance.firstRun;
    process.stdout.write(`First start. These keys are shown once and written to ${path}:\n`);
    process.stdout.write(`  KT_ADMIN_KEY=${adminKey}\n  KT_API_KEY=${apiKey}\n`);
  }
}

/** Whoever read the output may go away (`… | head`), which is no reason to end: nobody is left to be told. */
function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
}

function stopWhenTold(appliance: Appliance, log: Log, graceSeconds: number): void {
  const stop = async (exitCode: number, options: { graceSeconds: number }) => {
    const overdue = setTimeout(
      () => {
        log.error('stopping takes too long');
        process.exit(1);
      },
      (options.graceSeconds + stopSecondsMax) * 1000,
    );
    await appliance.stop(options);
    clearTimeout(overdue);
    process.exit(exitCode);
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.once(signal, () => {
      log.info('stopping', { signal });
      void stop(0, { graceSeconds });
    });
  }
  // A mistake of ours. What ran goes back to the queue, which an end in the middle would count against it.
  const breakDown = (error: unknown) => {
    log.error('the appliance broke', { error });
    void stop(1, { graceSeconds: 0 });
  };
  process.once('uncaughtException', breakDown);
  process.once('unhandledRejection', breakDown);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
