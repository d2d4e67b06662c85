import { withAppliance } from './bench-appliance.ts';
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

/** `GET /balance` with a key beside `GET /health` without one, round by round in turn, so that both see the same machine. */
export async function benchmarkAuth({
  jobs: requests,
  clients,
  rounds = defaultRounds,
}: BenchOptions): Promise<boolean> {
  return withAppliance(settings, async ({ origin, apiKey }) => {
    const withKey = { headers: { authorization: `Bearer ${apiKey}` } };
    const texts = {
      health: wireRequest('GET', `${origin}/api/v1/health`, { headers: {} }),
      balance: wireRequest('GET', `${origin}/api/v1/balance`, withKey),
    };
    const connections = await Promise.all(Array.from({ length: clients }, () => HttpConnection.open(origin)));
    const perSecond = async (text: string) =>
      requests / (await sendAll({ connections, count: requests, text, status: 200 })).seconds;
    for (const text of Object.values(texts)) await perSecond(text);
    const found: { health: number; balance: number }[] = [];
    while (found.length < rounds) {
      found.push({ health: await perSecond(texts.health), balance: await perSecond(texts.balance) });
      report(`round ${found.length} of ${rounds}`);
    }
    for (const connection of connections) connection.close();
    return tell(found);
  });
}

function tell(rounds: readonly { health: number; balance: number }[]): boolean {
  const ratio = median(rounds.map(({ health, balance }) => balance / health));
  const cell = (value: number) => Math.round(value).toLocaleString('en');
  const rows = [
    ['GET /health, no key', cell(median(rounds.map(({ health }) => health))), '1.00×', ''],
    [
      'GET /balance, API key',
      cell(median(rounds.map(({ balance }) => balance))),
      `${ratio.toFixed(2)}×`,
      `≥ ${ratioMin}×`,
    ],
  ];
  print(table(['', 'requests a second', 'ratio', 'wanted'], rows));
  return ratio >= ratioMin;
}
