import { expect, test } from 'bun:test';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLogFile } from './log-file.ts';

test('a log keeps one old file, starts a new one at the limit and goes on after a restart', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kt-log-'));
  const path = join(folder, 'logs', 'model.log');
  for (const text of ['aaaa', 'bbbb', 'cccc', 'dddd', 'eeee']) {
    const log = await openLogFile({ path, bytesMax: 8 });
    await log.append(Buffer.from(text));
    await log.close();
  }
  expect((await readdir(join(folder, 'logs'))).toSorted()).toEqual(['model.log', 'model.log.1']);
  expect(await readFile(`${path}.1`, 'utf8')).toBe('ccccdddd');
  expect(await readFile(path, 'utf8')).toBe('eeee');
  await rm(folder, { recursive: true });
});
