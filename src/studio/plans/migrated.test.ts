import { expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { migrate } from '../../db/migrate.ts';

const folder = join(import.meta.dir, '../../db/migrations');

test('plans that were made before plans could be canceled are as they were, each with its steps', () => {
  const database = new Database(':memory:');
  database.pragma('foreign_keys = ON');
  for (const name of readdirSync(folder).toSorted()) {
    if (Number.parseInt(name, 10) > 14) continue;
    database.exec(readFileSync(join(folder, name), 'utf8'));
  }
  database.exec(`
    PRAGMA user_version = 14;
    INSERT INTO accounts (id, name, role, webhook_secret, created_at) VALUES ('acc', 'Operator', 'admin', 's', 0);
    INSERT INTO studio_plans VALUES
      ('plan_1', 'acc', 'req_1', NULL, 'running', 'hash', 7, 8, '{}', 1, 2, 3, NULL),
      ('plan_2', 'acc', 'req_2', NULL, 'proposed', 'hash', 0, 0, NULL, 1, 2, NULL, NULL);
    INSERT INTO studio_plan_steps VALUES
      ('plan_1', 'a', 0, 'A', 'image.generate', '{}', '[]', '{}', 7, 'waiting', NULL, NULL, NULL, NULL);`);
  migrate(database);
  const plans = database
    .prepare('SELECT id, state, executed_at, cancel_requested_at FROM studio_plans')
    .all();
  expect(plans).toEqual([
    { id: 'plan_1', state: 'running', executed_at: 3, cancel_requested_at: null },
    { id: 'plan_2', state: 'proposed', executed_at: null, cancel_requested_at: null },
  ]);
  const steps = database.prepare('SELECT plan_id, id, amount_micros, state FROM studio_plan_steps').all();
  expect(steps).toEqual([{ plan_id: 'plan_1', id: 'a', amount_micros: 7, state: 'waiting' }]);
  expect(database.pragma('foreign_key_check')).toEqual([]);
  const strange =
    "INSERT INTO studio_plan_steps SELECT 'plan_3', id, position, title, task, input, depends_on, quote, amount_micros, state, job_id, asset_ids, error_code, error_message FROM studio_plan_steps";
  expect(() => database.exec(strange)).toThrow('FOREIGN KEY');
  expect(() => database.exec("DELETE FROM studio_plans WHERE id = 'plan_1'")).toThrow('never deleted');
  database.exec("UPDATE studio_plans SET state = 'canceled', cancel_requested_at = 4, finished_at = 5");
  expect(() => database.exec("UPDATE studio_plans SET state = 'running', finished_at = NULL")).toThrow(
    'never changes',
  );
  database.close();
});
