import { describe, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { createLog } from './log.ts';
import { fakeJob, fakeModels, startTestAppliance, untilJob } from './testing/test-appliance.ts';

/** How the appliance is put together and taken apart again. */

const modelsFolder = fakeModels();
const newFolder = () => mkdtempSync(join(tmpdir(), 'kt-built-'));

describe('an appliance that can not be built', () => {
  const brokenModels = newFolder();
  writeFileSync(join(brokenModels, 'broken.toml'), 'name = 1');

  test('lets its data folder go: a second start in the same process succeeds', async () => {
    const dataFolder = newFolder();
    for (let tries = 0; tries < 2; tries++) {
      const failing = startTestAppliance({ dataFolder, modelsFolder: brokenModels });
      await expect(failing).rejects.toThrow('broken.toml');
    }
    const appliance = await startTestAppliance({ dataFolder, modelsFolder });
    expect((await appliance.call('GET', '/api/v1/health')).status).toBe(200);
    await appliance.stop();
  });

  test('closes what it has built when it fails late, and keeps the reason', async () => {
    const dataFolder = newFolder();
    const first = await startTestAppliance({ dataFolder, modelsFolder });
    const { body } = await first.call('POST', '/api/v1/media/jobs', { body: fakeJob({ ending: 'hang' }) });
    await untilJob(first, body.jobId, ['running']);
    await first.stop();
    const inDatabase = (statement: string) => {
      const database = new Database(join(dataFolder, 'appliance.sqlite'));
      database.exec(statement);
      database.close();
    };
    // The job is to be failed, and can't be: all else stands by then.
    inDatabase(`
      UPDATE jobs SET model = 'gone';
      CREATE TRIGGER no_end BEFORE UPDATE ON jobs BEGIN SELECT RAISE(ABORT, 'planted'); END`);
    await expect(startTestAppliance({ dataFolder, modelsFolder })).rejects.toThrow('planted');
    inDatabase('DROP TRIGGER no_end');
    const second = await startTestAppliance({ dataFolder, modelsFolder });
    expect((await untilJob(second, body.jobId)).error.code).toBe('model_not_installed');
    await second.stop();
  });
});

describe('a stop', () => {
  test('waits for the maintenance that is under way, and needs the database no more after that', async () => {
    const errors: string[] = [];
    const log = createLog({ level: 'error', write: (line) => errors.push(line), now: () => 0 });
    const appliance = await startTestAppliance({ modelsFolder, log });
    const staging = join(appliance.dataFolder, 'files', 'staging');
    for (let i = 0; i < 500; i++) {
      mkdirSync(join(staging, `lost-${i}`, 'in'), { recursive: true });
      for (const path of ['in', '']) utimesSync(join(staging, `lost-${i}`, path), 1, 1);
    }
    let isOver = false;
    const maintained = appliance.maintain().then(() => (isOver = true));
    await appliance.stop();
    expect(isOver).toBe(true);
    expect(readdirSync(staging)).toEqual([]);
    await maintained;
    expect(errors).toEqual([]);
  });
});
