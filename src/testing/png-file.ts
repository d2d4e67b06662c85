import { deflateSync } from 'node:zlib';

/** Colour types of PNG, and the samples of a pixel in each. */
const samplesOf = { grey: 1, rgb: 3, rgba: 4 };
const typeOf = { grey: 0, rgb: 2, rgba: 6 };

/** A PNG as one would forge it: any size, black, with chunks of any kind before its pixels. */
export function pngFile(options: {
  width: number;
  height: number;
  bits?: 1 | 8 | 16;
  color?: keyof typeof typeOf;
  /** Instead of the pixels' own. */
  data?: Uint8Array;
  chunks?: readonly Uint8Array[];
}): Buffer {
  const { width, height, bits = 8, color = 'rgb', chunks = [] } = options;
  const rowBytes = 1 + Math.ceil((width * samplesOf[color] * bits) / 8);
  const data = options.data ?? deflateSync(Buffer.alloc(rowBytes * height));
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([bits, typeOf[color]], 8);
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  const end = pngChunk('IEND', Buffer.alloc(0));
  return Buffer.concat([signature, pngChunk('IHDR', header), ...chunks, pngChunk('IDAT', data), end]);
}

export function pngChunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  checksum.writeUInt32BE(Bun.hash.crc32(body));
  return Buffer.concat([length, body, checksum]);
}
