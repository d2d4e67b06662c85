/** A binary glTF: one chunk of JSON, and what `changes` spoils of it. */
export function createTestMesh(
  changes: { description?: object; length?: number; version?: number; json?: string } = {},
): Uint8Array<ArrayBuffer> {
  const { description = { asset: { version: '2.0' } }, version = 2 } = changes;
  const text = changes.json ?? JSON.stringify(description);
  const json = Buffer.from(text.padEnd(Math.ceil(text.length / 4) * 4));
  const header = Buffer.alloc(20);
  header.write('glTF', 0, 'latin1');
  header.writeUInt32LE(version, 4);
  header.writeUInt32LE(changes.length ?? 20 + json.length, 8);
  header.writeUInt32LE(json.length, 12);
  header.write('JSON', 16, 'latin1');
  return new Uint8Array(Buffer.concat([header, json]));
}
