import { hostname } from 'node:os';
import { answerOf } from '../answer.ts';
import { type Client, createClient } from '../client.ts';
import { answer, type Context, defineCommand, noArguments } from '../command.ts';
import { exitCodes, Failure } from '../failure.ts';
import { printable } from '../format.ts';
import { sleep } from '../interruption.ts';
import { chooseUrl, isReadByOthers, readSettings, settingsPath, writeSettings } from '../settings.ts';

export const login = defineCommand({
  name: 'login',
  usage: '[--url URL] [--key KEY]',
  summary: 'Gets a key for an appliance by a page that you approve, and keeps it.',
  help: `--key KEY      keeps this key instead; - reads it from stdin
--label TEXT   what the page and the list of keys call this device

Each appliance has a key of its own; the one of the last login is meant where none is named.`,
  options: { key: { type: 'string' }, label: { type: 'string' } },
  async run(context, { values, positionals }) {
    noArguments(positionals);
    const path = settingsPath(context.environment);
    const url = chooseUrl(values.url, context.environment, await readSettings(path));
    if (await isReadByOthers(path))
      context.terminal.say(`Others could read ${path}; from now on only you can. Consider new keys.`);
    const label = values.label ?? `killatamata on ${hostname()}`.slice(0, 100);
    const { key } = values;
    const apiKey = key === undefined ? await link(context, url, label) : await checkedKey(url, key);
    // Read again: another login may have ended while this one waited.
    const settings = await readSettings(path);
    await writeSettings(path, { current: url, profiles: { ...settings.profiles, [url]: { apiKey } } });
    answer(context, { url }, `Logged in to ${url}. The key is in ${path}.`);
    return exitCodes.done;
  },
});

/** @throws Failure it is none */
async function checkedKey(url: string, given: string): Promise<string> {
  const apiKey = (given === '-' ? await Bun.stdin.text() : given).trim();
  await answerOf(createClient({ url, apiKey }).api.v1.balance.get());
  return apiKey;
}

/** The device authorization grant (RFC 8628), in the appliance's own words. @throws Failure */
async function link(context: Context, url: string, keyLabel: string): Promise<string> {
  const { terminal, interruption } = context;
  const client = createClient({ url });
  const started = await answerOf(client.api.v1.device.link.start.post({ keyLabel }));
  terminal.say(`Open ${terminal.paint('cyan', printable(started.verificationUrlComplete))} in a browser`);
  terminal.say(
    `and approve the code ${terminal.paint('bold', printable(started.userCode))}. Or say elsewhere:`,
  );
  terminal.say(`  killatamata approve ${printable(started.userCode)} --url ${url}`);
  terminal.showLive('Waiting …');
  let { intervalSeconds } = started;
  for (;;) {
    await sleep(intervalSeconds * 1000, interruption.signal);
    const polled = await poll(client, started.deviceCode);
    if (typeof polled === 'string') {
      terminal.showLive(null);
      return polled;
    }
    intervalSeconds = polled.intervalSeconds ?? intervalSeconds;
  }
}

/** The key, or how long to wait for it. @throws Failure none will come */
async function poll(
  client: Client,
  deviceCode: string,
): Promise<string | { intervalSeconds: number | undefined }> {
  try {
    return (await answerOf(client.api.v1.device.link.poll.post({ deviceCode }))).apiKey;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { code, exitCode, details } = error;
    if (code === 'access_denied') throw refused(error, 'The login was refused.');
    if (code === 'expired_token') throw refused(error, 'Nobody approved in time: log in again.');
    const isPending = code === 'authorization_pending' || code === 'slow_down';
    // Of a network or an appliance that is away for a while: RFC 8628 asks to go on more slowly.
    if (!isPending && exitCode !== exitCodes.unreachable) throw error;
    return { intervalSeconds: isPending ? intervalOf(details) : undefined };
  }
}

function refused({ code }: Failure, message: string): Failure {
  return new Failure(message, { exitCode: exitCodes.auth, code });
}

function intervalOf(details: unknown): number | undefined {
  if (typeof details !== 'object' || details === null || !('intervalSeconds' in details)) return undefined;
  return typeof details.intervalSeconds === 'number' ? details.intervalSeconds : undefined;
}
