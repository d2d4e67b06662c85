import type { MediaKind } from './staged-media.ts';

/** What a file's first bytes say it is. */
export interface Sniffed {
  mimeType: string;
  /** Without a dot. */
  extension: string;
  /** The kinds that such a container can hold; which one it does hold is for probing to say. */
  kinds: readonly MediaKind[];
  /** The ffmpeg demuxers that may open it; a file that reads as anything else is a disguise. Empty for images. */
  demuxers: readonly string[];
}

/** Enough of a file's start for {@link sniff}. */
export const sniffBytes = 4096;

const image = (mimeType: string, extension: string): Sniffed => ({
  ...{ mimeType, extension, kinds: ['image'], demuxers: [] },
});
const audio = (mimeType: string, extension: string, demuxer: string): Sniffed => ({
  ...{ mimeType, extension, kinds: ['audio'], demuxers: [demuxer] },
});
const movDemuxers = ['mov'];
const matroskaDemuxers = ['matroska'];

/**
 * Tells a file's type by its magic bytes, never by its name. Answers null for everything that is not on the
 * short list of media taken in: text of any sort (SVG, HTML, playlists, `ffconcat`, DASH), GIF, archives.
 * @param head the file's first {@link sniffBytes} bytes, or the whole of a smaller file
 */
export function sniff(head: Uint8Array): Sniffed | null {
  if (startsWith(head, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return image('image/png', 'png');
  if (startsWith(head, [0xff, 0xd8, 0xff])) return image('image/jpeg', 'jpg');
  if (text(head, 0, 4) === 'RIFF') return sniffRiff(head);
  if (text(head, 4, 8) === 'ftyp') return sniffIsoMedia(head);
  if (startsWith(head, [0x1a, 0x45, 0xdf, 0xa3])) return sniffMatroska(head);
  if (text(head, 0, 4) === 'OggS') return sniffOgg(head);
  if (text(head, 0, 3) === 'ID3') return sniffAfterId3(head);
  return sniffRawAudio(head);
}

function sniffRiff(head: Uint8Array): Sniffed | null {
  const form = text(head, 8, 12);
  if (form === 'WEBP') return image('image/webp', 'webp');
  return form === 'WAVE' ? audio('audio/wav', 'wav', 'wav') : null;
}

function sniffIsoMedia(head: Uint8Array): Sniffed | null {
  const brand = text(head, 8, 12);
  if (/^(avif|avis|heic|heix|heim|heis|hevc|hevx|mif1|msf1|jxl |crx )$/.test(brand)) return null;
  if (/^M4[AB] $/.test(brand)) {
    return { mimeType: 'audio/mp4', extension: 'm4a', kinds: ['audio'], demuxers: movDemuxers };
  }
  const quickTime = brand === 'qt  ';
  return {
    mimeType: quickTime ? 'video/quicktime' : 'video/mp4',
    extension: quickTime ? 'mov' : 'mp4',
    kinds: ['video', 'audio'],
    demuxers: movDemuxers,
  };
}

/** The EBML header's DocType element (0x4282) lies in the first few dozen bytes. */
function sniffMatroska(head: Uint8Array): Sniffed | null {
  const header = text(head, 0, 64);
  const at = header.indexOf('\x42\x82');
  const docType = at < 0 ? '' : header.slice(at + 3);
  if (docType.startsWith('webm')) {
    const kinds: MediaKind[] = ['video', 'audio'];
    return { mimeType: 'video/webm', extension: 'webm', kinds, demuxers: matroskaDemuxers };
  }
  if (!docType.startsWith('matroska')) return null;
  const kinds: MediaKind[] = ['video', 'audio'];
  return { mimeType: 'video/x-matroska', extension: 'mkv', kinds, demuxers: matroskaDemuxers };
}

/** The first Ogg page carries the first stream's identification header behind its segment table. */
function sniffOgg(head: Uint8Array): Sniffed | null {
  const at = 27 + (head[26] ?? 0);
  const codec = text(head, at, at + 8);
  const known =
    codec.startsWith('OpusHead') || codec.startsWith('\x01vorbis') || codec.startsWith('\x7fFLAC');
  return known ? audio('audio/ogg', codec.startsWith('OpusHead') ? 'opus' : 'ogg', 'ogg') : null;
}

/** An ID3v2 tag stands before MP3, and now and then before AAC or FLAC; what follows it decides. */
function sniffAfterId3(head: Uint8Array): Sniffed | null {
  const [a = 0, b = 0, c = 0, d = 0] = head.subarray(6, 10);
  if ((a | b | c | d) & 0x80) return null;
  const tagEnd = 10 + ((a << 21) | (b << 14) | (c << 7) | d);
  if (tagEnd + 4 <= head.length) {
    const rest = head.subarray(tagEnd);
    const padding = rest.findIndex((byte) => byte !== 0);
    return padding < 0 ? audio('audio/mpeg', 'mp3', 'mp3') : sniffRawAudio(rest.subarray(padding));
  }
  return audio('audio/mpeg', 'mp3', 'mp3');
}

function sniffRawAudio(head: Uint8Array): Sniffed | null {
  if (text(head, 0, 4) === 'fLaC') return audio('audio/flac', 'flac', 'flac');
  const [sync = 0, second = 0, third = 0] = head;
  if (sync !== 0xff || (second & 0xe0) !== 0xe0) return null;
  const version = (second >> 3) & 3;
  const layer = (second >> 1) & 3;
  const isAdts = (second & 0xf6) === 0xf0 && ((third >> 2) & 15) <= 12;
  if (isAdts) return audio('audio/aac', 'aac', 'aac');
  const bitrate = third >> 4;
  const sampleRate = (third >> 2) & 3;
  // Layers III and II only: 0xFF 0xFE would be layer I, and is how UTF-16 text begins.
  const isMpegAudio = version !== 1 && (layer === 1 || layer === 2) && bitrate !== 15 && sampleRate !== 3;
  return isMpegAudio ? audio('audio/mpeg', 'mp3', 'mp3') : null;
}

function startsWith(head: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, index) => head[index] === byte);
}

/** Bytes as Latin-1 text. */
function text(head: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...head.subarray(start, end));
}

/**
 * The kind that a client's `mimeType` claims, or null when it claims none that is known. Claims are only ever
 * compared with {@link sniff}: the bytes win.
 */
export function kindOfMimeType(mimeType: string): MediaKind | null {
  const family = /^\s*(image|audio|video)\//i.exec(mimeType)?.[1]?.toLowerCase();
  return family === 'image' || family === 'audio' || family === 'video' ? family : null;
}
