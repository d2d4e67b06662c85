import { type Static, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { ffprobe, localInputOnly } from '../../media/ffmpeg.ts';
import { parseRational } from '../../media/probe.ts';

const text = Type.String();
const InspectedStream = Type.Object({
  index: Type.Integer(),
  codec_type: Type.Optional(text),
  codec_name: Type.Optional(text),
  width: Type.Optional(Type.Integer()),
  height: Type.Optional(Type.Integer()),
  pix_fmt: Type.Optional(text),
  sample_aspect_ratio: Type.Optional(text),
  field_order: Type.Optional(text),
  color_range: Type.Optional(text),
  color_space: Type.Optional(text),
  color_transfer: Type.Optional(text),
  color_primaries: Type.Optional(text),
  avg_frame_rate: Type.Optional(text),
  time_base: text,
  duration: Type.Optional(text),
  extradata_hash: Type.Optional(text),
  disposition: Type.Optional(Type.Object({ attached_pic: Type.Integer() })),
  side_data_list: Type.Optional(Type.Array(Type.Object({ rotation: Type.Optional(Type.Number()) }))),
});
const Inspected = Type.Object({
  streams: Type.Array(InspectedStream),
  format: Type.Object({
    format_name: text,
    start_time: Type.Optional(text),
    duration: Type.Optional(text),
  }),
  packets: Type.Array(
    Type.Object({
      stream_index: Type.Integer(),
      pts: Type.Optional(Type.Integer()),
      dts: Type.Optional(Type.Integer()),
      duration: Type.Optional(Type.Integer()),
      flags: text,
    }),
  ),
});

/** Asks ffprobe for all of it at once: most of its time is its start. */
const everything = [
  ...['-show_streams', '-show_format', '-show_data_hash', 'md5'],
  ...['-show_entries', 'packet=stream_index,pts,dts,duration,flags'],
];

/** One coded picture as the container tells it, in ticks of the stream's time base. */
export interface ClipPacket {
  ticks: number;
  durationTicks: number;
  isKey: boolean;
}

/** What a clip is made of; times are seconds. */
export interface Clip {
  path: string;
  formatName: string;
  video: Static<typeof InspectedStream>;
  /** Seconds a tick lasts, exactly. */
  timeBase: { numerator: number; denominator: number };
  /** In the order they are shown; pictures that the container's edit list hides are left out. */
  packets: ClipPacket[];
  /** Whether the edit list hides coded pictures, so that a copy would show them. */
  hidesPackets: boolean;
  /** When the first picture is shown, counted from the start of the file. */
  videoStartSeconds: number;
  /** From the first picture's beginning to the last picture's end. */
  durationSeconds: number;
  hasAudio: boolean;
}

/**
 * Reads what a clip holds, and when each of its pictures is shown, without decoding it.
 * @throws MediaToolError when the file can't be read
 * @throws NoPicture when it holds no moving picture
 */
export async function inspectClip(path: string, signal: AbortSignal): Promise<Clip> {
  const json = await ffprobe([...localInputOnly, '-of', 'json=compact=1', ...everything, path], { signal });
  const inspected: unknown = JSON.parse(new TextDecoder().decode(json));
  Value.Assert(Inspected, inspected);
  const { streams, format } = inspected;
  const video = streams.find((s) => s.codec_type === 'video' && s.disposition?.attached_pic !== 1);
  const timeBase = parseRational(video?.time_base);
  if (!video || !timeBase) throw new NoPicture();
  const ofVideo = inspected.packets.filter((packet) => packet.stream_index === video.index);
  const packets = shownPackets(ofVideo, video, timeBase);
  const [first] = packets;
  const last = packets.at(-1);
  if (!first || !last) throw new NoPicture();
  const secondsPerTick = timeBase.numerator / timeBase.denominator;
  return {
    path,
    formatName: format.format_name,
    video,
    timeBase,
    packets,
    hidesPackets: packets.length < ofVideo.length,
    videoStartSeconds: first.ticks * secondsPerTick - Number(format.start_time ?? 0),
    durationSeconds: (last.ticks + last.durationTicks - first.ticks) * secondsPerTick,
    hasAudio: streams.some((stream) => stream.codec_type === 'audio'),
  };
}

/** The file has no video stream, or one without a single picture. */
export class NoPicture extends Error {}

/** Without the pictures that the edit list hides, in the order they are shown. */
function shownPackets(
  packets: Static<typeof Inspected>['packets'],
  video: Static<typeof InspectedStream>,
  timeBase: Clip['timeBase'],
): ClipPacket[] {
  const rate = parseRational(video.avg_frame_rate) ?? { numerator: 30, denominator: 1 };
  const usualTicks = (timeBase.denominator * rate.denominator) / (timeBase.numerator * rate.numerator);
  const timed = packets.flatMap((packet) => {
    const ticks = packet.pts ?? packet.dts;
    if (ticks === undefined || packet.flags.includes('D')) return [];
    return { ticks, durationTicks: packet.duration ?? usualTicks, isKey: packet.flags.startsWith('K') };
  });
  return timed.toSorted((a, b) => a.ticks - b.ticks);
}
