import { expect, test } from 'bun:test';
import { sharp } from './sharp.ts';

test('libvips remembers nothing of the pictures it has worked on', async () => {
  const noise = crypto.getRandomValues(new Uint8Array(64 * 64 * 3));
  const png = await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })
    .png()
    .toBuffer();
  for (let i = 0; i < 3; i++) await sharp(png).resize(32).toBuffer();
  const { memory, files, items } = sharp.cache();
  expect([memory.max, memory.current, files.max, items.max, items.current]).toEqual([0, 0, 0, 0, 0]);
});
