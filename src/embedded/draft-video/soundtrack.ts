import { join } from 'node:path';
import { MediaToolError } from '../../media/ffmpeg.ts';
import { decodePcm, encodePcm, type Pcm } from '../../media/pcm.ts';
import type { VideoGenerateParams } from '../../tasks/video-generate.ts';
import { EngineError, type RunContext } from '../serve.ts';
import { loudnessByFrame } from './loudness.ts';

const sampleRate = 48_000;

/** Sound as long as the film, to the sample, and its loudness at every frame. */
export interface Soundtrack {
  path: string;
  loudness: Float32Array;
}

/**
 * Cuts or pads the reference audio to the film's length; null when there is none.
 * @throws EngineError `invalid_input` when it can't be decoded
 */
export async function readSoundtrack(
  { referenceAudioPath, outputFrames, outputFps }: VideoGenerateParams,
  { scratchFolder, signal }: RunContext,
): Promise<Soundtrack | null> {
  if (referenceAudioPath === null) return null;
  const durationSeconds = outputFrames / outputFps;
  const given = await decode(referenceAudioPath, durationSeconds, signal);
  const samples = Math.round(durationSeconds * sampleRate);
  const pcm = { sampleRate, channels: given.channels.map((channel) => fitted(channel, samples)) };
  const path = join(scratchFolder, 'soundtrack.wav');
  await encodePcm(pcm, path, { format: 'wav', kbps: 0, signal });
  return { path, loudness: loudnessByFrame(pcm, { frames: outputFrames, fps: outputFps }) };
}

async function decode(path: string, durationSecondsMax: number, signal: AbortSignal): Promise<Pcm> {
  try {
    return await decodePcm(path, { sampleRate, channels: 2, durationSecondsMax, signal });
  } catch (cause) {
    if (signal.aborted || !(cause instanceof MediaToolError)) throw cause;
    throw new EngineError('invalid_input', 'The reference audio holds no sound that can be decoded.', {
      cause,
    });
  }
}

function fitted(channel: Float32Array, length: number): Float32Array {
  const whole = new Float32Array(length);
  whole.set(channel.subarray(0, length));
  return whole;
}
