/** A line is longer than allowed, or is not UTF-8. */
export class BadLine extends Error {}

const newline = 0x0a;

/**
 * Cuts a byte stream into lines, without their newlines. An unfinished last line is dropped: its writer died in it.
 * @throws BadLine as soon as a line passes `bytesMax`, before it is complete
 */
export async function* readLines(
  stream: AsyncIterable<Uint8Array>,
  bytesMax: number,
): AsyncGenerator<string, void> {
  let parts: Uint8Array[] = [];
  let partBytes = 0;
  for await (const chunk of stream) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      parts.push(chunk.subarray(start, end));
      checkLength(partBytes + end - start, bytesMax);
      yield decode(parts);
      parts = [];
      partBytes = 0;
      start = end + 1;
    }
    partBytes += chunk.length - start;
    checkLength(partBytes, bytesMax);
    if (start < chunk.length) parts.push(chunk.subarray(start));
  }
}

function checkLength(bytes: number, bytesMax: number): void {
  if (bytes > bytesMax) throw new BadLine(`A line is longer than ${bytesMax} bytes.`);
}

function decode(parts: Uint8Array[]): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts));
  } catch (cause) {
    throw new BadLine('A line is not UTF-8.', { cause });
  }
}
