import type { Pcm } from '../../media/pcm.ts';

/** Seconds in which a peak's glow falls to 1/e. */
const releaseSeconds = 0.18;

/**
 * Loudness of every output frame, 0..1: the root mean square of the sound around it, against the loudest, with a
 * quick rise and a slow fall, as a meter's needle.
 */
export function loudnessByFrame(
  { channels, sampleRate }: Pcm,
  { frames, fps }: { frames: number; fps: number },
): Float32Array {
  const levels = Float32Array.from({ length: frames }, (_, frame) => {
    const from = Math.max(0, Math.round((frame / fps - 0.01) * sampleRate));
    const to = Math.round((frame / fps + 0.03) * sampleRate);
    return Math.max(0, ...channels.map((channel) => rootMeanSquare(channel.subarray(from, to))));
  });
  const loudest = levels.reduce((most, level) => Math.max(most, level), 0);
  if (loudest < 1e-4) return levels.fill(0);
  const kept = Math.exp(-1 / (releaseSeconds * fps));
  let needle = 0;
  return levels.map((level) => {
    needle = Math.max(Math.sqrt(level / loudest), needle * kept);
    return needle;
  });
}

function rootMeanSquare(samples: Float32Array): number {
  if (samples.length === 0) return 0;
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.sqrt(sum / samples.length);
}
