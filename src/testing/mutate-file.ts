/** One way to break a file. `pick(n)` draws a whole number below n. */
type Mutation = (file: Buffer, pick: (below: number) => number, other: Buffer) => Buffer;

/** What lengths, counts and offsets are tempting to write. */
const treacherousNumbers = [0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];
/** Where headers and indexes are: most containers have one of them at either end. */
const headerBytes = 1024;

const mutations = {
  bitFlips(file, pick) {
    for (let flips = 1 + pick(32); flips > 0; flips--) flipBit(file, pick(file.length), pick(8));
    return file;
  },
  headerBitFlips(file, pick) {
    const end = Math.min(headerBytes, file.length);
    for (let flips = 1 + pick(8); flips > 0; flips--) flipBit(file, pick(end), pick(8));
    return file;
  },
  truncation: (file, pick) => file.subarray(0, 1 + pick(file.length - 1)),
  lostStart: (file, pick) => file.subarray(1 + pick(Math.min(headerBytes, file.length - 1))),
  blockSwap(file, pick) {
    const size = 1 + pick(file.length >> 2);
    const [from, to] = [pick(file.length - size), pick(file.length - size)];
    const block = Buffer.from(file.subarray(from, from + size));
    file.copyWithin(from, to, to + size);
    file.set(block, to);
    return file;
  },
  lengthField(file, pick) {
    const near = pick(2) === 0 ? 0 : Math.max(0, file.length - headerBytes);
    for (let fields = 1 + pick(3); fields > 0; fields--) {
      const at = Math.min(near + pick(headerBytes), file.length - 4);
      const number = treacherousNumbers[pick(treacherousNumbers.length)] ?? 0;
      if (pick(2) === 0) file.writeUInt32BE(number, at);
      else file.writeUInt32LE(number, at);
    }
    return file;
  },
  headerSplice(file, pick, other) {
    const end = 1 + pick(Math.min(headerBytes, file.length, other.length) - 1);
    return Buffer.concat([other.subarray(0, end), file.subarray(end)]);
  },
  inlay(file, pick, other) {
    const at = pick(file.length);
    return Buffer.concat([file.subarray(0, at), other.subarray(0, 4096), file.subarray(at)]);
  },
  garbageBehind: (file, pick) => Buffer.concat([file, noise(1 + pick(10_000), pick)]),
  zeroFill(file, pick) {
    const from = pick(file.length);
    return file.fill(0, from, Math.min(file.length, from + 1 + pick(file.length >> 1)));
  },
  repeatedBlock(file, pick) {
    const from = pick(file.length);
    const block = file.subarray(from, from + 1 + pick(2048));
    const copies = Array.from({ length: 1 + pick(20) }, () => block);
    return Buffer.concat([file.subarray(0, from), ...copies, file.subarray(from)]);
  },
} satisfies Record<string, Mutation>;

export const mutationNames = Object.keys(mutations) as (keyof typeof mutations)[];

/**
 * Breaks a copy of `file` in the way that `mutation` names.
 * @param random uniform in 0..1; the same numbers break it in the same way
 * @param other another good file, which some mutations take a part of
 */
export function mutateFile(
  file: Uint8Array,
  options: { mutation: keyof typeof mutations; random: () => number; other: Uint8Array },
): Buffer {
  const pick = (below: number) => Math.floor(options.random() * Math.max(1, below));
  return mutations[options.mutation](Buffer.from(file), pick, Buffer.from(options.other));
}

function flipBit(file: Buffer, at: number, bit: number): void {
  file.writeUInt8(file.readUInt8(at) ^ (1 << bit), at);
}

function noise(bytes: number, pick: (below: number) => number): Buffer {
  return Buffer.from(Array.from({ length: bytes }, () => pick(256)));
}
