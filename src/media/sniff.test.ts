import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { kindOfMimeType, sniff, sniffBytes } from './sniff.ts';

const bytes = (...parts: (string | number[])[]) =>
  new Uint8Array(
    Buffer.concat(
      parts.map((part) => Buffer.from(typeof part === 'string' ? Buffer.from(part, 'latin1') : part)),
    ),
  );
const padding = '\0'.repeat(100);
const ogg = (codec: string) => bytes('OggS', '\0'.repeat(22), [1], [30], codec, padding);
const box = (brand: string) => bytes([0, 0, 0, 24], 'ftyp', brand, padding);
const ebml = (docType: string) =>
  bytes(
    [0x1a, 0x45, 0xdf, 0xa3, 0x9f, 0x42, 0x86, 0x81, 1, 0x42, 0x82, 0x80 + docType.length],
    docType,
    padding,
  );
const id3 = (size: number, after: Uint8Array | string = '') =>
  bytes('ID3', [3, 0, 0, 0, 0, (size >> 7) & 127, size & 127], '\0'.repeat(size), [...Buffer.from(after)]);

describe('what is known', () => {
  test.each([
    ['PNG', bytes([0x89], 'PNG\r\n', [0x1a], '\n', padding), 'image/png', 'png'],
    ['JPEG', bytes([0xff, 0xd8, 0xff, 0xe0], padding), 'image/jpeg', 'jpg'],
    ['WebP', bytes('RIFF', [9, 9, 9, 9], 'WEBPVP8L', padding), 'image/webp', 'webp'],
    ['WAV', bytes('RIFF', [9, 9, 9, 9], 'WAVEfmt ', padding), 'audio/wav', 'wav'],
    ['MP4', box('isom'), 'video/mp4', 'mp4'],
    ['MP4 of another brand', box('avc1'), 'video/mp4', 'mp4'],
    ['QuickTime', box('qt  '), 'video/quicktime', 'mov'],
    ['M4A', box('M4A '), 'audio/mp4', 'm4a'],
    ['WebM', ebml('webm'), 'video/webm', 'webm'],
    ['Matroska', ebml('matroska'), 'video/x-matroska', 'mkv'],
    ['Ogg Opus', ogg('OpusHead'), 'audio/ogg', 'opus'],
    ['Ogg Vorbis', ogg('\x01vorbis'), 'audio/ogg', 'ogg'],
    ['FLAC', bytes('fLaC', padding), 'audio/flac', 'flac'],
    ['MP3', bytes([0xff, 0xfb, 0x90, 0x64], padding), 'audio/mpeg', 'mp3'],
    ['MPEG-2 layer III', bytes([0xff, 0xf3, 0x40, 0xc0], padding), 'audio/mpeg', 'mp3'],
    ['MP3 behind a tag', id3(50, new Uint8Array([0xff, 0xfb, 0x90, 0x64])), 'audio/mpeg', 'mp3'],
    ['FLAC behind a tag', id3(50, 'fLaC'), 'audio/flac', 'flac'],
    ['a tag longer than the head', id3(9000).subarray(0, sniffBytes), 'audio/mpeg', 'mp3'],
    ['AAC', bytes([0xff, 0xf1, 0x50, 0x80], padding), 'audio/aac', 'aac'],
  ] as const)('%s', (_, head, mimeType, extension) => {
    expect(sniff(head)).toMatchObject({ mimeType, extension });
  });

  test('a container that may hold either kind says so', () => {
    expect(sniff(box('isom'))?.kinds).toEqual(['video', 'audio']);
    expect(sniff(box('M4A '))?.kinds).toEqual(['audio']);
  });
});

describe('what is not taken in', () => {
  test.each([
    ['nothing', bytes()],
    ['GIF', bytes('GIF89a', padding)],
    ['BMP', bytes('BM', padding)],
    ['TIFF', bytes('II*\0', padding)],
    ['AVIF', box('avif')],
    ['HEIC', box('heic')],
    ['Ogg Theora', ogg('\x80theora')],
    ['AVI', bytes('RIFF', [9, 9, 9, 9], 'AVI ', padding)],
    ['another EBML file', ebml('other')],
    ['ZIP', bytes('PK\x03\x04', padding)],
    ['PDF', bytes('%PDF-1.7', padding)],
    ['ELF', bytes([0x7f], 'ELF', padding)],
    ['SVG', bytes('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>')],
    ['HTML', bytes('<!DOCTYPE html><script>alert(1)</script>')],
    ['HLS', bytes('#EXTM3U\n#EXT-X-VERSION:3\n')],
    ['ffconcat', bytes('ffconcat version 1.0\nfile /etc/passwd\n')],
    ['DASH', bytes('<?xml version="1.0"?><MPD></MPD>')],
    ['SDP', bytes('v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\n')],
    ['HLS behind a tag', id3(0, '#EXTM3U\n')],
    ['a raw MPEG header with a bad sample rate', bytes([0xff, 0xfb, 0x9c, 0], padding)],
  ])('%s', (_, head) => expect(sniff(head)).toBeNull());

  test('text in UTF-16, whatever it says', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(sniff(new Uint8Array(Buffer.from(`\ufeff${text}`, 'utf16le')))).toBeNull();
      }),
    );
  });

  test('text in UTF-8, whatever it says, but for what spells out a magic word', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        fc.pre(!/^(RIFF|OggS|ID3|fLaC|....ftyp)/s.test(text));
        expect(sniff(new TextEncoder().encode(text))).toBeNull();
      }),
    );
  });

  test('no bytes at all make it throw', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (head) => void sniff(head)));
  });
});

test('a claimed type is worth its family only', () => {
  expect(kindOfMimeType('image/png')).toBe('image');
  expect(kindOfMimeType(' Audio/X-WAV; codecs=1')).toBe('audio');
  expect(kindOfMimeType('video/mp4')).toBe('video');
  for (const other of ['', 'application/octet-stream', 'text/html', 'images/png']) {
    expect(kindOfMimeType(other)).toBeNull();
  }
});
