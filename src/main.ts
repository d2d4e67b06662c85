import { join } from 'node:path';
import { createAppliance } from './appliance.ts';
import { systemClock } from './clock.ts';
import { createLog } from './log.ts';
import { loadSettings } from './settings/load-settings.ts';

const projectRoot = join(import.meta.dir, '..');

/** Reads the settings, builds the appliance, listens, and stops it on SIGTERM or SIGINT. */
async function main(): Promise<void> {
  const environment = process.env;
  const settings = loadSettings({ projectRoot, environment });
  const write = (line: string) => process.stderr.write(`${line}\n`);
  const log = createLog({ level: settings.log.level, now: systemClock, write });
  const appliance = await createAppliance({ settings, log, environment });
  const { host, port } = settings.server;
  // Elysia shares a port by default: a second appliance on it would then take half of the requests.
  appliance.app.listen({ hostname: host, port, reusePort: false });
  const listening = appliance.app.server;
  if (!listening) throw new Error(`Nothing listens on ${host}:${port}.`);
  const origin = `http://${host.includes(':') ? `[${host}]` : host}:${listening.port}`;
  appliance.listening(origin);
  process.stdout.write(`Killa Tamata listens on ${origin} (data: ${settings.dataFolder})\n`);
  if (appliance.firstRun) {
    const { adminKey, apiKey, path } = appliance.firstRun;
    process.stdout.write(`First start. These keys are shown once and written to ${path}:\n`);
    process.stdout.write(`  KT_ADMIN_KEY=${adminKey}\n  KT_API_KEY=${apiKey}\n`);
  }
  const stop = async (signal: string) => {
    log.info('stopping', { signal });
    await appliance.stop();
    await listening.stop(true);
    process.exit(0);
  };
  process.once('SIGTERM', () => void stop('SIGTERM'));
  process.once('SIGINT', () => void stop('SIGINT'));
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
