import { createAppliance } from '../appliance.ts';
import { silentLog } from '../log.ts';
import { loadSettings } from '../settings/load-settings.ts';
import { projectRoot } from './test-appliance.ts';

/**
 * The appliance as a process of its own, to be killed by tests: like `main.ts`, but with the manifests of the
 * folder it is given. Writes its origin to stdout once it listens.
 */
async function main(): Promise<void> {
  const [modelsFolder = ''] = process.argv.slice(2);
  const environment = process.env;
  const settings = loadSettings({ projectRoot, environment });
  const appliance = await createAppliance({ settings, log: silentLog, environment, modelsFolder });
  appliance.app.listen({ hostname: '127.0.0.1', port: 0 });
  const origin = `http://127.0.0.1:${appliance.app.server?.port}`;
  appliance.listening(origin);
  process.stdout.write(`${origin}\n`);
  process.once('SIGTERM', () => void appliance.stop().then(() => process.exit(0)));
}

if (import.meta.main) {
  await main().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  });
}
