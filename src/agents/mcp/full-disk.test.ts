import { expect, test } from 'bun:test';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fakeJob, fakeModels } from '../../testing/test-appliance.ts';
import { mayMount, mountTmpfs } from '../../testing/tmpfs.ts';
import { startMcpAppliance } from './test-clients.ts';

const diskBytes = 24 * 1024 * 1024;

/** Takes every byte that is left of a disk. */
function fill(folder: string): void {
  const file = openSync(join(folder, 'filler.bin'), 'a');
  try {
    for (;;) writeSync(file, new Uint8Array(512));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  } finally {
    closeSync(file);
  }
}

test.skipIf(!mayMount)('on a full disk the tools say so, as the HTTP API does', async () => {
  using disk = mountTmpfs(diskBytes);
  const environment = { KT_STORAGE_LOW_WATER_BYTES: '0' };
  const appliance = await startMcpAppliance({
    ...{ dataFolder: disk.folder, modelsFolder: fakeModels(), environment },
  });
  const client = await appliance.connect('modern, negotiating');
  fill(disk.folder);
  const prompt = String(Object(fakeJob()['input'])['prompt']);
  const refused = await client.request('callTool', { name: 'image_generate', arguments: { prompt } });
  expect(refused.isError).toBe(true);
  expect(JSON.parse(refused.content[0].text)).toMatchObject({ code: 'storage_full' });
  await client.close();
  await appliance.end();
});
