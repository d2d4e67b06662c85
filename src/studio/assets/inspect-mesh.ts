import { open } from 'node:fs/promises';
import { Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { MediaRefused } from '../../storage/media-refused.ts';

const headerBytes = 20;
const magic = 0x46546c67; // "glTF"
const jsonChunk = 0x4e4f534a; // "JSON"
const jsonBytesMax = 16 * 1024 * 1024;

const Source = Type.Object({ uri: Type.Optional(Type.String()) });
const Description = Type.Object({
  asset: Type.Object({ version: Type.String({ pattern: '^2\\.' }) }),
  buffers: Type.Optional(Type.Array(Source)),
  images: Type.Optional(Type.Array(Source)),
});

/** Whether a file begins as binary glTF does. */
export function isMesh(head: Uint8Array): boolean {
  return head.length >= headerBytes && Buffer.from(head).readUInt32LE(0) === magic;
}

/**
 * Checks the container of a binary glTF: its length, its JSON, and that all it needs is inside it: a viewer would
 * fetch what is not. See the glTF 2.0 specification, section 4 (GLB).
 * @throws MediaRefused `unreadable`, `wrong_media`
 */
export async function inspectMesh(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const header = Buffer.alloc(headerBytes);
    await file.read(header, 0, headerBytes, 0);
    const [version, length] = [header.readUInt32LE(4), header.readUInt32LE(8)];
    const [jsonBytes, chunkType] = [header.readUInt32LE(12), header.readUInt32LE(16)];
    const isWhole = length === size && jsonBytes <= size - headerBytes;
    if (version !== 2 || !isWhole || chunkType !== jsonChunk || jsonBytes > jsonBytesMax) throw broken();
    const json = Buffer.alloc(jsonBytes);
    await file.read(json, 0, jsonBytes, headerBytes);
    assertSelfContained(parse(json));
  } finally {
    await file.close();
  }
}

function parse(json: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json));
  } catch (cause) {
    throw broken(cause);
  }
}

function assertSelfContained(description: unknown): void {
  if (!Value.Check(Description, description)) throw broken();
  const { buffers = [], images = [] } = description;
  const isOutside = ({ uri = 'data:' }: { uri?: string }) => !/^data:/i.test(uri);
  if ([...buffers, ...images].some(isOutside)) {
    throw new MediaRefused('wrong_media', 'The mesh needs files that are not inside it.');
  }
}

function broken(cause?: unknown): MediaRefused {
  return new MediaRefused('unreadable', 'The mesh is broken or cut short.', { cause });
}
