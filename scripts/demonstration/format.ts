import { stripVTControlCharacters } from 'node:util';

export function seconds(value: number): string {
  return `${value.toFixed(1)} s`;
}

/** Micro-dollars as dollars with four decimals, what the cheapest tasks need. */
export function dollars(micros: number): string {
  return `$${(micros / 1e6).toFixed(4)}`;
}

export function fileSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 999_500 ? `${(bytes / 1000).toFixed(0)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Padded on the right as it looks: colour codes take no room. */
export function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - visibleLength(text)));
}

/** At most `width` characters; a text that is longer loses its colours with its end. */
export function shortened(text: string, width: number): string {
  if (visibleLength(text) <= width) return text;
  return `${stripVTControlCharacters(text).slice(0, Math.max(0, width - 1))}…`;
}

function visibleLength(text: string): number {
  return Bun.stringWidth(stripVTControlCharacters(text));
}
