import type { InlineMedia } from '../media/media-input.ts';
import { MediaRefused } from './media-refused.ts';

/** A file that stood inside the request. `mimeTypes` are all the types that were claimed for it. */
export interface InlineFile {
  bytes: Uint8Array;
  mimeTypes: string[];
}

/** No honest MIME type and its parameters are longer. */
const headerCharactersMax = 256;
const dataUri = /^data:([^,;]*)((?:;[^,;]*)*),/i;

export function isDataUri(text: string): boolean {
  return /^data:/i.test(text);
}

/**
 * Decodes a data URI, or an inline object whose `dataBase64` is base64 or itself a data URI. Base64 is read
 * strictly: the standard alphabet, padded, no stray bits. Line breaks are allowed, as every encoder that
 * wraps its output writes them.
 * @throws MediaRefused `bad_encoding`, or `too_large` before anything is decoded
 */
export function decodeInline(input: string | InlineMedia, bytesMax: number): InlineFile {
  const text = typeof input === 'string' ? input : input.dataBase64;
  const claimed = typeof input === 'string' ? [] : [input.mimeType];
  if (!isDataUri(text)) return { bytes: decodeBase64(text, 0, bytesMax), mimeTypes: claimed };
  const [header = '', mimeType = '', parameters = ''] =
    dataUri.exec(text.slice(0, headerCharactersMax)) ?? [];
  if (header === '' || !/;\s*base64$/i.test(parameters)) {
    throw new MediaRefused('bad_encoding', 'The data URI has no base64 content.');
  }
  const bytes = decodeBase64(text, header.length, bytesMax);
  return { bytes, mimeTypes: mimeType === '' ? claimed : [...claimed, mimeType] };
}

/** Line breaks included, base64 is never longer than this for `bytesMax` bytes. */
function charactersMax(bytesMax: number): number {
  return Math.ceil(bytesMax / 3) * 4 * 1.06 + 64;
}

function decodeBase64(text: string, from: number, bytesMax: number): Uint8Array {
  if (text.length - from > charactersMax(bytesMax)) throw tooLarge(bytesMax);
  const bytes = parseStrictly(from === 0 ? text : text.slice(from));
  if (bytes.byteLength === 0) throw new MediaRefused('bad_encoding', 'The file is empty.');
  if (bytes.byteLength > bytesMax) throw tooLarge(bytesMax);
  return bytes;
}

function parseStrictly(text: string): Uint8Array {
  const joined = /[\r\n]/.test(text) ? text.replace(/[\r\n]+/g, '') : text;
  const isBase64 = joined.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(joined);
  const bytes = isBase64 ? Buffer.from(joined, 'base64') : null;
  // The last group may carry bits that belong to no byte; an encoder never sets them.
  if (!bytes || !joined.endsWith(bytes.subarray(-(bytes.length % 3 || 3)).toString('base64'))) {
    throw new MediaRefused('bad_encoding', 'The file is not valid base64.');
  }
  return bytes;
}

function tooLarge(bytesMax: number): MediaRefused {
  return new MediaRefused('too_large', `The file is larger than the ${bytesMax} bytes allowed here.`);
}
