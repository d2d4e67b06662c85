import { expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { migrate } from './migrate.ts';

test('a database of the first version keeps its jobs, which count no interruption yet', () => {
  const database = new Database(':memory:');
  database.exec(readFileSync(join(import.meta.dir, 'migrations', '0001_foundation.sql'), 'utf8'));
  database.exec(`
    PRAGMA user_version = 1;
    INSERT INTO accounts VALUES ('acc', 'Operator', 'admin', 'secret', 0, NULL);
    INSERT INTO jobs (id, account_id, task, engine, model, draft, status, priority, attempts, effective_input,
      input_adjustments, list_micros, amount_micros, price_basis, workload_units, origin, created_at, started_at)
    VALUES ('job_1', 'acc', 'image.generate', 'embedded', 'draft-image', 1, 'running', 'standard', 1, '{}',
      '[]', 0, 0, '[]', 1, 'http://localhost', 0, 0);`);
  migrate(database);
  const job = database.prepare('SELECT status, attempts, interruptions FROM jobs').get();
  expect(job).toEqual({ status: 'running', attempts: 1, interruptions: 0 });
  expect(database.pragma('user_version', { simple: true })).toBeGreaterThanOrEqual(2);
  database.close();
});

test('every migration has a number of its own, and the last one is the version', () => {
  const numbers = readdirSync(join(import.meta.dir, 'migrations')).map((name) => Number.parseInt(name, 10));
  expect(new Set(numbers).size).toBe(numbers.length);
  const database = new Database(':memory:');
  migrate(database);
  expect(database.pragma('user_version', { simple: true })).toBe(Math.max(...numbers));
  migrate(database);
  database.close();
});
