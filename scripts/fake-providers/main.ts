import { parseArgs } from 'node:util';
import { fakes } from './fakes.ts';

const usage = `Usage: ./scripts/fakes [--port PORT] [--appliance ORIGIN]

Starts local servers that speak the protocols of sign-in and payment providers, and prints the settings to use them:

  ./scripts/fakes > fakes.env &     # they run until they are stopped
  . ./fakes.env && ./scripts/start

  --port PORT         the first port to listen on (default: 9300); each takes the next. 0: any that are free
  --appliance ORIGIN  where the appliance is (default: http://127.0.0.1:8787)
`;

/** Text as a shell reads it back. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '9300' },
      appliance: { type: 'string', default: 'http://127.0.0.1:8787' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(usage);
  const firstPort = Number(values.port);
  if (!Number.isInteger(firstPort) || firstPort < 0 || firstPort > 65_000)
    throw new Error(`--port is a port, and not ${values.port}.`);
  for (const [index, fake] of fakes.entries()) {
    const port = firstPort === 0 ? 0 : firstPort + index;
    const { settings, hints } = await fake.start({ port, applianceOrigin: values.appliance });
    const variables = Object.entries(settings).map(([name, value]) => `export ${name}=${quoted(value)}`);
    console.log([`# ${fake.name}`, ...variables, ...hints.map((hint) => `#   ${hint}`), ''].join('\n'));
  }
  console.log('# All are up.');
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
