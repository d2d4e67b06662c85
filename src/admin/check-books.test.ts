import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closeDatabase, openDatabase } from '../db/open.ts';
import { createLedger, houseAccounts } from '../ledger/ledger.ts';
import { fakeModels, startTestAppliance, type TestAppliance } from '../testing/test-appliance.ts';
import { BooksUnreadable, createBooksCheck } from './check-books.ts';

/** So many that the check takes far longer than a few polls. */
const transferCount = 300_000;

let appliance: TestAppliance;
let databasePath: string;
beforeAll(async () => {
  const dataFolder = mkdtempSync(join(tmpdir(), 'kt-books-'));
  databasePath = join(dataFolder, 'appliance.sqlite');
  fillLedger(databasePath);
  appliance = await startTestAppliance({ dataFolder, modelsFolder: fakeModels() });
});
afterAll(() => appliance.stop());

function fillLedger(path: string): void {
  const database = openDatabase(path);
  database.connection.transaction(() => {
    const ledger = createLedger({ db: database.db, clock: () => 1 });
    ledger.openAccount('acct_busy');
    for (let i = 0; i < transferCount; i++) {
      ledger.transfer({
        debitAccountId: houseAccounts.grants,
        creditAccountId: 'acct_busy',
        amountMicros: i,
        code: 'grant',
        reference: `grant:${i}`,
      });
    }
  })();
  closeDatabase(database);
}

describe('checking a large ledger', () => {
  test('holds up neither polls nor writes', async () => {
    const { adminKey: key } = appliance;
    const { accountId } = (
      await appliance.call('POST', '/api/v1/admin/accounts', { key, body: { name: 'Customer' } })
    ).body;
    const ended: string[] = [];
    const checking = appliance
      .call('GET', '/api/v1/admin/ledger/check', { key })
      .then(({ status }) => ended.push(`check ${status}`));
    for (const reference of ['a', 'b', 'c']) {
      const poll = await appliance.call('GET', '/api/v1/media/jobs');
      const grant = { accountId, amountMicros: 5, reference };
      const write = await appliance.call('POST', '/api/v1/admin/grants', { key, body: grant });
      ended.push(`poll ${poll.status}`, `write ${write.status}`);
    }
    await checking;
    const meanwhile = ['poll 200', 'write 200'];
    expect(ended).toEqual([...meanwhile, ...meanwhile, ...meanwhile, 'check 200']);
  });

  test('is one process, whoever else asks meanwhile', async () => {
    const check = createBooksCheck(databasePath);
    const first = check();
    expect(check()).toBe(first);
    await first;
    const second = check();
    expect(second).not.toBe(first);
    await second;
  });
});

test('books that can not be read are not said to be right', async () => {
  const check = createBooksCheck(join(tmpdir(), 'kt-no-such-folder', 'appliance.sqlite'));
  await expect(check()).rejects.toThrow(BooksUnreadable);
});
