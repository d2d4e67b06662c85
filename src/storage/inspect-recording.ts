import { ffmpeg, MediaToolError } from '../media/ffmpeg.ts';
import {
  boundedInput,
  parseRational,
  probe,
  type Probed,
  type ProbedStream,
  streamOf,
} from '../media/probe.ts';
import type { StagedMedia } from '../media/staged-media.ts';
import { MediaRefused } from './media-refused.ts';

export interface InspectOptions {
  /** The only ffmpeg demuxers that may open the file. */
  demuxers: readonly string[];
  pixelsMax: number;
  secondsMax: number;
  timeoutSeconds: number;
  signal: AbortSignal;
}

/** Encoders pad a recording to whole frames, some of them at both ends. */
const durationToleranceSeconds = 0.1;

export type AudioFacts = Required<Pick<StagedMedia, 'durationSeconds' | 'hasAudio'>>;
export type VideoFacts = Required<
  Pick<StagedMedia, 'width' | 'height' | 'durationSeconds' | 'frameRate' | 'frames' | 'hasAudio'>
>;

/**
 * Measures a sound file by decoding its first audio stream: what the header says is not trusted, and a file that
 * holds no sound fails now.
 * @throws MediaRefused
 */
export async function inspectAudio(path: string, options: InspectOptions): Promise<AudioFacts> {
  const probed = await probeOrRefuse(path, options);
  if (pictureStream(probed)) throw new MediaRefused('wrong_media', 'The file is a video; audio is needed.');
  if (!streamOf(probed, 'audio')) throw new MediaRefused('wrong_media', 'The file holds no audio.');
  const decoded = await decodedSeconds(path, options);
  if (decoded === 0) throw broken();
  assertLength(decoded, options.secondsMax);
  if (options.demuxers.includes('mov')) assertWhole(decoded, Number(probed.format.duration ?? 0));
  return { durationSeconds: decoded, hasAudio: true };
}

/** Measures a video: frames by counting them, and the first one by decoding it. @throws MediaRefused */
export async function inspectVideo(path: string, options: InspectOptions): Promise<VideoFacts> {
  const probed = await probeOrRefuse(path, options, true);
  const stream = pictureStream(probed);
  if (!stream) throw new MediaRefused('wrong_media', 'The file holds no video.');
  const { width = 0, height = 0 } = stream;
  if (width * height > options.pixelsMax) {
    throw new MediaRefused(
      'too_large',
      `The video has ${width}×${height} pixels; ${options.pixelsMax} are allowed.`,
    );
  }
  const frames = Number(stream.nb_read_packets ?? 0);
  const frameRate = frameRateOf(stream);
  if (frames === 0 || width * height === 0 || !frameRate) throw broken();
  assertWhole(frames, Number(stream.nb_frames ?? 0));
  const counted = (frames * frameRate.denominator) / frameRate.numerator;
  const durationSeconds = closest(Number(stream.duration ?? probed.format.duration ?? 0), counted);
  assertLength(Math.max(durationSeconds, counted), options.secondsMax);
  await decodeFirstFrame(path, options);
  const size = isTurned(stream) ? { width: height, height: width } : { width, height };
  return { ...size, durationSeconds, frameRate, frames, hasAudio: streamOf(probed, 'audio') !== undefined };
}

/** Cover art in a sound file is a video stream to ffmpeg, but no video. */
function pictureStream(probed: Probed): ProbedStream | undefined {
  return probed.streams.find(
    (stream) => stream.codec_type === 'video' && stream.disposition?.['attached_pic'] !== 1,
  );
}

/**
 * The nominal rate where the average bears it out (containers round the average), else the average: a file of
 * variable rate has no better answer.
 */
function frameRateOf(stream: ProbedStream): VideoFacts['frameRate'] | null {
  const nominal = parseRational(stream.r_frame_rate);
  const average = parseRational(stream.avg_frame_rate);
  if (!nominal || !average) return average ?? nominal;
  const ratio = (nominal.numerator * average.denominator) / (nominal.denominator * average.numerator);
  return Math.abs(ratio - 1) < 0.01 ? nominal : average;
}

/** ffmpeg turns the picture upright when it decodes. */
function isTurned(stream: ProbedStream): boolean {
  const rotation = stream.side_data_list?.find((data) => data.rotation !== undefined)?.rotation ?? 0;
  return Math.abs(Math.round(rotation / 90)) % 2 === 1;
}

/** The header's figure where the counted one bears it out: it knows about frames that are shown longer. */
function closest(promised: number, measured: number): number {
  const isBorneOut = promised > 0 && Math.abs(promised - measured) <= 0.1 + measured * 0.02;
  return isBorneOut ? promised : measured;
}

/** @throws MediaRefused `too_long` */
export function assertLength(seconds: number, secondsMax: number): void {
  if (seconds > secondsMax + durationToleranceSeconds) {
    throw new MediaRefused(
      'too_long',
      `The recording is longer than the ${secondsMax} seconds allowed here.`,
    );
  }
}

/** The index of an MP4 lists everything that should follow; much less means that the end is missing. */
function assertWhole(found: number, promised: number): void {
  if (found < promised * 0.9 - 1) {
    throw new MediaRefused('unreadable', 'The file is cut short: its end is missing.');
  }
}

function broken(cause?: unknown): MediaRefused {
  return new MediaRefused('unreadable', 'The file is broken or holds nothing that can be played.', { cause });
}

/** Of a picture that is too large to be decoded, the answer is what the container says of it. */
async function probeOrRefuse(path: string, options: InspectOptions, countPackets = false): Promise<Probed> {
  const seen = await orRefuse(options, probe(path, { ...options, countPackets })).catch(ifRefused);
  if (!(seen instanceof MediaRefused) && pictureStream(seen)?.width !== 0) return seen;
  const { pixelsMax, ...rest } = options;
  const stated = await orRefuse(options, probe(path, { ...rest, headersOnly: true }));
  const { width = 0, height = 0 } = pictureStream(stated) ?? {};
  if (width * height > pixelsMax) return stated;
  if (seen instanceof MediaRefused) throw seen;
  return seen;
}

function ifRefused(error: unknown): MediaRefused {
  if (error instanceof MediaRefused) return error;
  throw error;
}

async function decodedSeconds(path: string, options: InspectOptions): Promise<number> {
  const report = await measure(path, options, [
    ...['-map', '0:a:0', '-t', String(options.secondsMax + 1), '-f', 'null', '-'],
  ]);
  const lastTime = [...report.matchAll(/out_time_us=(\d+)/g)].at(-1)?.[1];
  return Number(lastTime ?? 0) / 1e6;
}

async function decodeFirstFrame(path: string, options: InspectOptions): Promise<void> {
  const report = await measure(path, options, ['-map', '0:v:0', '-frames:v', '1', '-f', 'null', '-']);
  if (!/frame=1\b/.test(report)) throw broken();
}

/** Runs ffmpeg to nowhere and answers its progress report. */
async function measure(path: string, options: InspectOptions, output: readonly string[]): Promise<string> {
  const args = ['-progress', 'pipe:1', ...boundedInput(options), '-i', path, ...output];
  return new TextDecoder().decode(await orRefuse(options, ffmpeg(args, options)));
}

async function orRefuse<T>(options: InspectOptions, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    options.signal.throwIfAborted();
    if (cause instanceof MediaToolError) throw broken(cause);
    throw cause;
  }
}
