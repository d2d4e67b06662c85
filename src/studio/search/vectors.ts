const largest = 127;

/** The direction of a vector as whole numbers of -127 to 127, a byte each: a quarter of the room, and as good to rank by. */
export function toBytes(vector: readonly number[]): Buffer {
  const most = vector.reduce((found, value) => Math.max(found, Math.abs(value)), 0) || 1;
  return Buffer.from(Int8Array.from(vector, (value) => Math.round((value / most) * largest)).buffer);
}

/**
 * The cosine of the angle between two vectors: 1 for one direction, about 0 for what has nothing to do with each other.
 * @param direction of length 1
 * @returns 0 where `bytes` are of another length, or of no direction
 */
export function cosine(direction: Float32Array, bytes: Buffer): number {
  const other = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  if (other.length !== direction.length) return 0;
  let product = 0;
  let squares = 0;
  // By number, and without a closure: it runs for every asset of a project, hundreds of times each.
  for (let place = 0; place < other.length; place++) {
    const value = other[place] ?? 0;
    product += value * (direction[place] ?? 0);
    squares += value * value;
  }
  return squares === 0 ? 0 : product / Math.sqrt(squares);
}
