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
});
const Packets = Type.Object({
  packets: Type.Array(
    Type.Object({
      pts: Type.Optional(Type.Integer()),
      dts: Type.Optional(Type.Integer()),
      duration: Type.Optional(Type.Integer()),
      flags: text,
    }),
  ),
});

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
  const { streams, format } = Value.Parse(
    Inspected,
    await probeJson(['-show_streams', '-show_format', '-show_data_hash', 'md5', path], signal),
  );
  const video = streams.find((s) => s.codec_type === 'video' && s.disposition?.attached_pic !== 1);
  const timeBase = parseRational(video?.time_base);
  if (!video || !timeBase) throw new NoPicture();
  const { packets, hidesPackets } = await readPackets(path, video, timeBase, signal);
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
    hidesPackets,
    videoStartSeconds: first.ticks * secondsPerTick - Number(format.start_time ?? 0),
    durationSeconds: (last.ticks + last.durationTicks - first.ticks) * secondsPerTick,
    hasAudio: streams.some((stream) => stream.codec_type === 'audio'),
  };
}

/** The file has no video stream, or one without a single picture. */
export class NoPicture extends Error {}

async function readPackets(
  path: string,
  video: Static<typeof InspectedStream>,
  timeBase: { numerator: number; denominator: number },
  signal: AbortSignal,
): Promise<{ packets: ClipPacket[]; hidesPackets: boolean }> {
  const entries = 'packet=pts,dts,duration,flags';
  const { packets } = Value.Parse(
    Packets,
    await probeJson(['-select_streams', String(video.index), '-show_entries', entries, path], signal),
  );
  const shown = packets.filter((packet) => !packet.flags.includes('D'));
  const rate = parseRational(video.avg_frame_rate) ?? { numerator: 30, denominator: 1 };
  const usualTicks = (timeBase.denominator * rate.denominator) / (timeBase.numerator * rate.numerator);
  const timed = shown.flatMap((packet) => {
    const ticks = packet.pts ?? packet.dts;
    if (ticks === undefined) return [];
    return { ticks, durationTicks: packet.duration ?? usualTicks, isKey: packet.flags.startsWith('K') };
  });
  return {
    packets: timed.toSorted((a, b) => a.ticks - b.ticks),
    hidesPackets: timed.length < packets.length,
  };
}

async function probeJson(args: string[], signal: AbortSignal): Promise<unknown> {
  const json = await ffprobe([...localInputOnly, '-of', 'json', ...args], { signal });
  return JSON.parse(new TextDecoder().decode(json));
}
