/** Unicode code points of `text`, which is what JSON Schema and the price list call characters. */
export function characterCount(text: string): number {
  const pairs = text.match(/[\u{10000}-\u{10FFFF}]/gu)?.length ?? 0;
  return text.length - pairs;
}
