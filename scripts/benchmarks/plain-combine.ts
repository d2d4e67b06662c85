import { sharedColour } from '../../src/embedded/video-combine/colour.ts';
import { inspectClip } from '../../src/embedded/video-combine/inspect-clip.ts';
import { encoding } from '../../src/embedded/video-combine/encode-batch.ts';
import { planSegments, sampleRate, type Segment } from '../../src/embedded/video-combine/plan.ts';
import { framesOf } from '../../src/embedded/video-combine/plan-batches.ts';
import type { VideoCombineParams } from '../../src/tasks/video-combine.ts';

/**
 * The arguments of the ffmpeg command that one would write by hand: every clip an input, trimmed and joined by the
 * `concat` filter, encoded with the runner's own settings. ffmpeg chooses its threads itself.
 * @throws MediaToolError
 */
export async function plainCombine(params: VideoCombineParams, path: string): Promise<string[]> {
  const { signal } = new AbortController();
  const clips = await Promise.all(params.clipPaths.map((clip) => inspectClip(clip, signal)));
  const segments = planSegments(clips, params);
  const colour = sharedColour(clips);
  const graph = [
    ...segments.flatMap((segment) => [pictureGraph(segment, params), soundGraph(segment)]),
    `${segments.map(({ index }) => `[v${index}][a${index}]`).join('')}concat=n=${segments.length}:v=1:a=1[picture][sound]`,
  ];
  return [
    ...params.clipPaths.flatMap((clip) => ['-i', clip]),
    ...['-filter_complex', graph.join(';')],
    ...['-map', '[picture]', ...encoding({ frames: framesOf(segments), params, colour })],
    ...['-map', '[sound]', '-c:a', 'aac', '-b:a', '192k', '-movflags', '+faststart', path],
  ];
}

function pictureGraph({ index, headFrames, frames }: Segment, { frameRate }: VideoCombineParams): string {
  const rate = `fps=${frameRate.numerator}/${frameRate.denominator}`;
  const cut = `trim=start_frame=${headFrames}:end_frame=${headFrames + frames},setpts=PTS-STARTPTS`;
  return `[${index}:v]${rate},${cut},setsar=1,format=yuv420p[v${index}]`;
}

function soundGraph({ index, headSamples, samples }: Segment): string {
  const cut = `atrim=start_sample=${headSamples}:end_sample=${headSamples + samples},asetpts=PTS-STARTPTS`;
  return `[${index}:a]aresample=${sampleRate},aformat=channel_layouts=stereo,apad,${cut}[a${index}]`;
}
