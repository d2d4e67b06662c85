import { draftComment, type AudioFormat } from './formats.ts';
import { ffmpeg, localInputOnly, type MediaToolOptions } from './ffmpeg.ts';

/** Sound in memory: one Float32Array a channel, all of one length, samples in −1..1. */
export interface Pcm {
  sampleRate: number;
  channels: Float32Array[];
}

/**
 * Decodes the first audio stream of a local file.
 * @param options.sampleRate hertz to resample to
 * @param options.channels 1 mixes down, 2 spreads out
 * @param options.durationSecondsMax reads no further than this
 * @throws MediaToolError when the file holds no audio that ffmpeg can decode
 */
export async function decodePcm(
  path: string,
  options: MediaToolOptions & { sampleRate: number; channels: 1 | 2; durationSecondsMax?: number },
): Promise<Pcm> {
  const limit = options.durationSecondsMax === undefined ? [] : ['-t', String(options.durationSecondsMax)];
  const raw = await ffmpeg(
    [
      ...localInputOnly,
      ...['-i', path, ...limit, '-map', '0:a:0', '-vn', '-f', 'f32le', '-c:a', 'pcm_f32le'],
      ...['-ac', String(options.channels), '-ar', String(options.sampleRate), 'pipe:1'],
    ],
    options,
  );
  const interleaved = new Float32Array(raw.buffer, raw.byteOffset, Math.floor(raw.byteLength / 4));
  return { sampleRate: options.sampleRate, channels: deinterleave(interleaved, options.channels) };
}

/** Codec arguments of each format at `kbps` (lossless formats have none). Opus wants 48 kHz. */
function codecArguments(format: AudioFormat, kbps: number): string[] {
  switch (format) {
    case 'mp3':
      return ['-c:a', 'libmp3lame', '-b:a', `${kbps}k`, '-id3v2_version', '3', '-write_xing', '1'];
    case 'opus':
      return ['-c:a', 'libopus', '-b:a', `${kbps}k`, '-vbr', 'off', '-ar', '48000', '-f', 'ogg'];
    case 'wav':
      return ['-c:a', 'pcm_s16le', '-f', 'wav'];
    case 'flac':
      return ['-c:a', 'flac', '-sample_fmt', 's16', '-f', 'flac'];
  }
}

/** Encodes `pcm` to `path`, labelled as a draft. The same samples give the same bytes. @throws MediaToolError */
export async function encodePcm(
  pcm: Pcm,
  path: string,
  options: MediaToolOptions & { format: AudioFormat; kbps: number; title?: string },
): Promise<void> {
  const input = [
    '-f',
    'f32le',
    '-ar',
    String(pcm.sampleRate),
    '-ac',
    String(pcm.channels.length),
    '-i',
    'pipe:0',
  ];
  const metadata = ['-map_metadata', '-1', '-metadata', `comment=${draftComment}`];
  const title = options.title === undefined ? [] : ['-metadata', `title=${options.title}`];
  const output = [
    ...metadata,
    ...title,
    ...codecArguments(options.format, options.kbps),
    '-fflags',
    '+bitexact',
  ];
  const samples = interleave(pcm.channels);
  const stdin = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  await ffmpeg([...input, ...output, '-flags:a', '+bitexact', path], { ...options, stdin });
}

export function pcmSeconds(pcm: Pcm): number {
  return (pcm.channels[0]?.length ?? 0) / pcm.sampleRate;
}

function interleave(channels: readonly Float32Array[]): Float32Array {
  const [first] = channels;
  if (!first || channels.length === 1) return first ?? new Float32Array(0);
  const mixed = new Float32Array(first.length * channels.length);
  for (const [offset, channel] of channels.entries()) {
    for (let i = 0; i < first.length; i++) mixed[i * channels.length + offset] = channel[i] ?? 0;
  }
  return mixed;
}

function deinterleave(mixed: Float32Array, channelCount: number): Float32Array[] {
  const length = Math.floor(mixed.length / channelCount);
  return Array.from({ length: channelCount }, (_, offset) => {
    const channel = new Float32Array(length);
    for (let i = 0; i < length; i++) channel[i] = mixed[i * channelCount + offset] ?? 0;
    return channel;
  });
}
