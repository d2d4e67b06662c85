import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { BadLine, readLines } from './lines.ts';

async function* inPieces(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let start = 0;
  for (const size of [...sizes, bytes.length]) {
    yield bytes.subarray(start, start + size);
    start += size;
  }
}

async function collect(bytes: Uint8Array, options: { sizes?: number[]; bytesMax?: number } = {}) {
  const stream = inPieces(bytes, options.sizes ?? []);
  return Array.fromAsync(readLines(stream, options.bytesMax ?? 1000));
}

test('finds the same lines however the bytes are cut, also inside a character', async () => {
  const text = fc.string({ unit: 'grapheme' }).filter((line) => !line.includes('\n'));
  await fc.assert(
    fc.asyncProperty(fc.array(text), fc.array(fc.nat({ max: 9 })), async (lines, sizes) => {
      const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(''));
      expect(await collect(bytes, { sizes })).toEqual(lines);
    }),
  );
});

test('drops a last line that was not finished', async () => {
  expect(await collect(Buffer.from('one\ntw'))).toEqual(['one']);
});

test('takes a line of exactly the greatest length and refuses one byte more', async () => {
  expect(await collect(Buffer.from('1234\n'), { bytesMax: 4, sizes: [2] })).toEqual(['1234']);
  expect(collect(Buffer.from('12345\n'), { bytesMax: 4, sizes: [2] })).rejects.toThrow(BadLine);
});

test('refuses a line that is too long before its end has come', async () => {
  async function* endless() {
    for (;;) yield Buffer.from('x');
  }
  expect(Array.fromAsync(readLines(endless(), 100))).rejects.toThrow('longer than 100 bytes');
});

test('refuses bytes that are not UTF-8', () => {
  expect(collect(Buffer.from([0x61, 0xff, 0x0a]))).rejects.toThrow('not UTF-8');
});
