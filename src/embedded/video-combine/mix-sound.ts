import { ffmpeg, localInputOnly, type MediaToolOptions } from '../../media/ffmpeg.ts';
import { sampleRate, type Segment } from './plan.ts';

/**
 * Encodes the sound of all segments as one recording, because AAC comes in blocks of 1024 samples that end at no
 * clip's end. One program reads all clips: without their pictures they take next to no memory.
 * @throws MediaToolError
 */
export async function mixSound(
  segments: readonly Segment[],
  path: string,
  options: MediaToolOptions,
): Promise<void> {
  const heard = segments.filter(({ clip }) => clip.hasAudio);
  const stretches = segments.map((segment) => stretch(segment, heard.indexOf(segment)));
  const joined = `${segments.map(({ index }) => `[sound${index}]`).join('')}concat=n=${segments.length}:v=0:a=1[sound]`;
  await ffmpeg(
    [
      ...heard.flatMap(({ clip }) => [...localInputOnly, '-i', clip.path]),
      ...['-filter_complex', [...stretches, joined].join(';')],
      ...['-map', '[sound]', '-c:a', 'aac', '-b:a', '192k'],
      ...['-map_metadata', '-1', '-map_chapters', '-1', '-fflags', '+bitexact', path],
    ],
    options,
  );
}

/**
 * A clip's own sound against its own pictures: what sounds before the first picture is left out, a late start
 * or a gap becomes silence, and the end is cut or padded to the sample.
 */
function stretch({ clip, index, headSamples, samples }: Segment, input: number): string {
  const stereo = `aformat=sample_fmts=s16:sample_rates=${sampleRate}:channel_layouts=stereo`;
  const cut = `atrim=start_sample=${headSamples}:end_sample=${headSamples + samples},asetpts=PTS-STARTPTS`;
  if (!clip.hasAudio) return `anullsrc=r=${sampleRate}:cl=stereo,${stereo},${cut}[sound${index}]`;
  const aligned = `asetpts=PTS-(${clip.videoStartSeconds})/TB,aresample=${sampleRate}:async=1:first_pts=0`;
  return `[${input}:a:0]${aligned},${stereo},apad,${cut}[sound${index}]`;
}
