import { type Static, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { ffprobe, localInputOnly, type MediaToolOptions } from './ffmpeg.ts';

const ProbedStream = Type.Object({
  index: Type.Integer(),
  codec_type: Type.Optional(Type.String()),
  codec_name: Type.Optional(Type.String()),
  profile: Type.Optional(Type.String()),
  pix_fmt: Type.Optional(Type.String()),
  width: Type.Optional(Type.Integer()),
  height: Type.Optional(Type.Integer()),
  r_frame_rate: Type.Optional(Type.String()),
  avg_frame_rate: Type.Optional(Type.String()),
  time_base: Type.Optional(Type.String()),
  duration: Type.Optional(Type.String()),
  nb_frames: Type.Optional(Type.String()),
  nb_read_packets: Type.Optional(Type.String()),
  sample_rate: Type.Optional(Type.String()),
  channels: Type.Optional(Type.Integer()),
  bit_rate: Type.Optional(Type.String()),
  tags: Type.Optional(Type.Record(Type.String(), Type.String())),
  disposition: Type.Optional(Type.Record(Type.String(), Type.Integer())),
  side_data_list: Type.Optional(Type.Array(Type.Object({ rotation: Type.Optional(Type.Number()) }))),
});
const Probed = Type.Object({
  streams: Type.Array(ProbedStream),
  format: Type.Object({
    format_name: Type.String(),
    duration: Type.Optional(Type.String()),
    bit_rate: Type.Optional(Type.String()),
    tags: Type.Optional(Type.Record(Type.String(), Type.String())),
  }),
});

/** What ffprobe says of a file, as ffprobe spells it. */
export type Probed = Static<typeof Probed>;
export type ProbedStream = Static<typeof ProbedStream>;

/** For files that nobody vouches for. */
export interface ProbeBounds {
  /** The only demuxers that may open it (`mov`, `matroska`, …). */
  demuxers?: readonly string[];
  /** A larger picture is not decoded: its stream then has no size, or the probe fails, as the decoder likes. */
  pixelsMax?: number;
}

interface ProbeOptions extends MediaToolOptions, ProbeBounds {
  /** Reads the file whole, so that every video frame is counted. */
  countPackets?: boolean;
  /** Decodes nothing: the answer is what the container says of itself. Instead of `pixelsMax`. */
  headersOnly?: boolean;
}

/** Probes a local file. @throws MediaToolError */
export async function probe(path: string, options: ProbeOptions = {}): Promise<Probed> {
  const counting = options.countPackets ? ['-count_packets'] : [];
  const looking = options.headersOnly ? ['-nofind_stream_info'] : [];
  const json = await ffprobe(
    [...boundedInput(options), ...counting, ...looking, '-show_format', '-show_streams', '-of', 'json', path],
    options,
  );
  return Value.Parse(Probed, JSON.parse(new TextDecoder().decode(json)));
}

/** Decoders pad both sides to whole blocks, of up to 64 pixels, and count those too. */
const paddingFactor = 1.25;

/** The options that hold ffmpeg and ffprobe to `bounds`; they stand before the input. */
export function boundedInput({ demuxers, pixelsMax }: ProbeBounds): string[] {
  return [
    ...localInputOnly,
    ...(demuxers ? ['-format_whitelist', demuxers.join(',')] : []),
    ...(pixelsMax === undefined ? [] : ['-max_pixels', String(Math.ceil(pixelsMax * paddingFactor))]),
  ];
}

/** A rate as ffprobe writes it (`30000/1001`), or null where it says `0/0`. */
export function parseRational(text: string | undefined): { numerator: number; denominator: number } | null {
  const [numerator, denominator] = (text ?? '').split('/').map(Number);
  if (!numerator || !denominator) return null;
  return { numerator, denominator };
}

export function streamOf(probed: Probed, kind: 'video' | 'audio'): ProbedStream | undefined {
  return probed.streams.find((stream) => stream.codec_type === kind);
}
