import { ffmpeg, type MediaToolOptions } from './ffmpeg.ts';
import type { Pcm } from './pcm.ts';

/** Brings the first channel of `pcm` to another sample rate. @throws MediaToolError */
export async function resampleMono(
  pcm: Pcm,
  sampleRate: number,
  options: MediaToolOptions = {},
): Promise<Float32Array> {
  const samples = pcm.channels[0] ?? new Float32Array(0);
  if (pcm.sampleRate === sampleRate || samples.length === 0) return samples;
  const format = ['-f', 'f32le', '-ac', '1'];
  const raw = await ffmpeg(
    [
      ...format,
      '-ar',
      String(pcm.sampleRate),
      '-i',
      'pipe:0',
      ...format,
      '-ar',
      String(sampleRate),
      'pipe:1',
    ],
    { ...options, stdin: new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength) },
  );
  return new Float32Array(raw.buffer, raw.byteOffset, Math.floor(raw.byteLength / 4));
}
