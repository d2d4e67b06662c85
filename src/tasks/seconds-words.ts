/** `6 s`, `5.067 s`: to the millisecond, which is finer than any file is cut. */
export function secondsWords(seconds: number): string {
  return `${roundedToMilliseconds(seconds)} s`;
}

export function roundedToMilliseconds(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
