import { expect, test } from 'bun:test';
import { open, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { asDiskFull, DiskFull, freeBytes } from './disk-space.ts';

test('free space is what the system’s own df says, within what others write meanwhile', async () => {
  const said = await Bun.$`df --output=avail -B1 ${tmpdir()}`.text();
  const expected = Number(said.trim().split('\n').at(-1));
  expect(Math.abs(freeBytes(tmpdir()) - expected)).toBeLessThan(500_000_000);
});

test('a disk that is really full becomes a 507', async () => {
  const failure: unknown = await writeFile('/dev/full', 'x').catch((error: unknown) => error);
  expect(asDiskFull(failure)).toBeInstanceOf(DiskFull);
  expect(asDiskFull(failure)).toMatchObject({ status: 507, code: 'storage_full', cause: failure });
});

test('other failures stay what they are', async () => {
  const failure: unknown = await open('/nonexistent/file').catch((error: unknown) => error);
  expect(asDiskFull(failure)).toBe(failure);
  expect(asDiskFull('text')).toBe('text');
});
