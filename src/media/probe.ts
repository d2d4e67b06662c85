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

/**
 * Probes a local file. `countPackets` reads it whole, so that every video frame is counted; `demuxers` names
 * the only ones that may open it (`mov`, `matroska`, …), for files that nobody vouches for.
 * @throws MediaToolError
 */
export async function probe(
  path: string,
  options: MediaToolOptions & { countPackets?: boolean; demuxers?: readonly string[] } = {},
): Promise<Probed> {
  const allowed = options.demuxers ? ['-format_whitelist', options.demuxers.join(',')] : [];
  const counting = options.countPackets ? ['-count_packets'] : [];
  const json = await ffprobe(
    [...localInputOnly, ...allowed, ...counting, '-show_format', '-show_streams', '-of', 'json', path],
    options,
  );
  return Value.Parse(Probed, JSON.parse(new TextDecoder().decode(json)));
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
