import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BenchAppliance, withAppliance } from './bench-appliance.ts';
import { HttpConnection, wireRequest } from './http-connection.ts';
import { sendAll } from './load-client.ts';
import type { BenchOptions } from './options.ts';
import { median } from './statistics.ts';
import { print, report, table } from './table.ts';

/** What a request that shows its key may reach, at least, of one that shows none. */
const ratioMin = 0.7;
const defaultRounds = 7;

/** No limit may answer in place of the routes. */
const settings = {
  KT_RATE_LIMIT_READS_PER_MINUTE: '100000000',
  KT_RATE_LIMIT_WRITES_PER_MINUTE: '100000000',
};

interface Round {
  health: number;
  key: number;
  cookie: number;
}

/**
 * `GET /balance` with a key and with a session's cookie beside `GET /health` with neither, round by round in turn, so
 * that all see the same machine.
 */
export async function benchmarkAuth({
  jobs: requests,
  clients,
  rounds = defaultRounds,
}: BenchOptions): Promise<boolean> {
  return withAppliance(settings, async (appliance) => {
    const { origin, apiKey } = appliance;
    const get = (path: string, headers: Record<string, string>) =>
      wireRequest('GET', `${origin}/api/v1/${path}`, { headers });
    const health = get('health', {});
    const byKey = get('balance', { authorization: `Bearer ${apiKey}` });
    const byCookie = get('balance', { cookie: await signIn(appliance) });
    const connections = await Promise.all(Array.from({ length: clients }, () => HttpConnection.open(origin)));
    const perSecond = async (text: string) =>
      requests / (await sendAll({ connections, count: requests, text, status: 200 })).seconds;
    for (const text of [health, byKey, byCookie]) await perSecond(text);
    const found: Round[] = [];
    while (found.length < rounds) {
      const [without, key] = [await perSecond(health), await perSecond(byKey)];
      found.push({ health: without, key, cookie: await perSecond(byCookie) });
      report(`round ${found.length} of ${rounds}`);
    }
    for (const connection of connections) connection.close();
    return tell(found);
  });
}

/** By a code, which the operator is shown where no mail server is set up. @returns the session's cookie */
async function signIn({ origin, dataFolder }: BenchAppliance): Promise<string> {
  const adminKey = /^KT_ADMIN_KEY=(.+)$/m.exec(readFileSync(join(dataFolder, 'first-run.txt'), 'utf8'))?.[1];
  const email = 'bench@example.com';
  const post = (path: string, body: object) =>
    fetch(`${origin}/api/v1/auth/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  await post('email/start', { email });
  const shown = await fetch(`${origin}/api/v1/admin/sign-in-codes`, {
    headers: { authorization: `Bearer ${adminKey}` },
  });
  const code = /"code":"(\d{6})"/.exec(await shown.text())?.[1];
  const signedIn = await post('browser/email/verify', { email, code });
  const [cookie] = signedIn.headers.get('set-cookie')?.split(';') ?? [];
  if (!cookie) throw new Error(`Not signed in: ${await signedIn.text()}`);
  return cookie;
}

function tell(rounds: readonly Round[]): boolean {
  const ratios = {
    key: median(rounds.map(({ health, key }) => key / health)),
    cookie: median(rounds.map(({ health, cookie }) => cookie / health)),
  };
  const row = (name: string, by: keyof Round, ratio: number, wanted: string) => {
    const requests = Math.round(median(rounds.map((round) => round[by]))).toLocaleString('en');
    return [name, requests, `${ratio.toFixed(2)}×`, wanted];
  };
  const rows = [
    row('GET /health, no key', 'health', 1, ''),
    row('GET /balance, API key', 'key', ratios.key, `≥ ${ratioMin}×`),
    row('GET /balance, session cookie', 'cookie', ratios.cookie, ''),
  ];
  print(table(['', 'requests a second', 'ratio', 'wanted'], rows));
  return ratios.key >= ratioMin;
}
