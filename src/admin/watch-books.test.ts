import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { closeDatabase, openDatabase } from '../db/open.ts';
import { createLog } from '../log.ts';
import { startTestAppliance } from '../testing/test-appliance.ts';
import { until } from '../testing/until.ts';

/** More transfers than are checked before the appliance answers. */
const transfers = 20_001;

/** A stopped appliance whose ledger is large. @param breaks SQL that is run at last */
async function largeLedger(breaks = 'SELECT 1'): Promise<string> {
  const { dataFolder, stop } = await startTestAppliance();
  await stop();
  const database = openDatabase(join(dataFolder, 'appliance.sqlite'));
  database.connection.exec(`
    WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${transfers})
    INSERT INTO transfers (debit_account_id, credit_account_id, amount_micros, code, reference, created_at)
      SELECT 'house:grants', 'house:revenue', 1, 'grant', 'test:' || n, 1 FROM numbers;
    UPDATE ledger_accounts SET debits_micros = debits_micros + ${transfers} WHERE id = 'house:grants';
    UPDATE ledger_accounts SET credits_micros = credits_micros + ${transfers} WHERE id = 'house:revenue';
  `);
  database.connection.exec(breaks);
  closeDatabase(database);
  return dataFolder;
}

test('a large ledger is checked after the start, and its health is known', async () => {
  const lines: string[] = [];
  const log = createLog({ level: 'info', now: () => 0, write: (line) => lines.push(line) });
  const appliance = await startTestAppliance({ dataFolder: await largeLedger(), log });
  await until(() => lines.some((line) => line.includes('the books add up')));
  expect((await appliance.call('GET', '/api/v1/health')).body).toMatchObject({ status: 'ok', reasons: [] });
  await appliance.stop();
});

test('what the late check finds is logged, and makes the health degraded', async () => {
  const breaks =
    'UPDATE ledger_accounts SET credits_micros = credits_micros + 5, debits_micros = debits_micros + 5';
  const lines: string[] = [];
  const log = createLog({ level: 'info', now: () => 0, write: (line) => lines.push(line) });
  const appliance = await startTestAppliance({ dataFolder: await largeLedger(breaks), log });
  await until(() => lines.some((line) => line.includes('the books do not add up')));
  expect((await appliance.call('GET', '/api/v1/health')).body).toMatchObject({
    status: 'degraded',
    reasons: [expect.stringContaining('The ledger is broken')],
  });
  await appliance.stop();
});

test('balances that do not add up stop the start of a large ledger too', async () => {
  const breaks = "UPDATE ledger_accounts SET credits_micros = credits_micros + 5 WHERE id = 'house:revenue'";
  const dataFolder = await largeLedger(breaks);
  expect(startTestAppliance({ dataFolder })).rejects.toThrow('all balances add up to zero');
});
