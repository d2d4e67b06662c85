import { runCrashRounds } from '../../src/testing/crash-rounds.ts';
import type { BenchOptions } from './options.ts';
import { print, report, table } from './table.ts';

const roundsDefault = 1000;
const roundsPerReport = 50;

/** Kills the appliance under load, round after round, and counts what that did to its promises. */
export async function benchmarkCrash({ rounds = roundsDefault }: BenchOptions): Promise<boolean> {
  const startedAt = performance.now();
  const onRound = (round: number, acknowledged: number) => {
    if (round % roundsPerReport === 0)
      report(`${round} of ${rounds} rounds, ${acknowledged} jobs acknowledged`);
  };
  const outcome = await runCrashRounds({ rounds, onRound });
  const minutes = (performance.now() - startedAt) / 60_000;
  const faults: [string, number][] = [
    ['jobs lost', outcome.lost],
    ['jobs duplicated', outcome.duplicated],
    ['charged twice', outcome.chargedTwice],
    ['never ended', outcome.unfinished],
    ['ended otherwise than told', outcome.wronglyEnded],
    ['webhooks that never came', outcome.webhooksMissing],
    ['webhooks that were not true', outcome.webhooksUntrue],
    ['kinds of files left behind or lost', outcome.leftovers.length],
    ['ledger problems', outcome.ledgerProblems.length],
  ];
  const rows = [['kills', rounds], ['jobs acknowledged', outcome.acknowledged], ...faults];
  print(
    table(
      [`in ${minutes.toFixed(1)} minutes`, ''],
      rows.map((row) => row.map(String)),
    ),
  );
  for (const problem of [...outcome.leftovers, ...outcome.ledgerProblems]) print(`  ${problem}\n`);
  return faults.every(([, count]) => count === 0);
}
