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
  const { acknowledged, lost, duplicated, chargedTwice, unfinished, ledgerProblems } = outcome;
  const faults = [lost, duplicated, chargedTwice, unfinished, ledgerProblems.length];
  const minutes = (performance.now() - startedAt) / 60_000;
  print(
    table(
      [
        'kills',
        'acknowledged',
        'lost',
        'duplicated',
        'charged twice',
        'unfinished',
        'ledger problems',
        'minutes',
      ],
      [[String(rounds), String(acknowledged), ...faults.map(String), minutes.toFixed(1)]],
    ),
  );
  for (const problem of ledgerProblems) print(`  ${problem}\n`);
  return faults.every((fault) => fault === 0);
}
