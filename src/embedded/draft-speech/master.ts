import { ffmpeg } from '../../media/ffmpeg.ts';
import { type Pcm, pcmSeconds } from '../../media/pcm.ts';
import type { Voice } from './voice-traits.ts';

export const masterSampleRate = 48_000;
/** Integrated loudness (EBU R 128) of finished speech; usual for podcasts. */
export const targetLufs = -16;
/** Sample peak. A lossy codec adds up to 1 dB, so that decoded true peaks stay under −1 dB. */
const peakDecibels = -2.5;

/**
 * Equalises `speech` as `voice` says, brings it to 48 kHz and to −16 LUFS, with a breath of silence around it.
 * The silence is left out of what is measured, since the measure's gate ignores it.
 */
export async function master(
  speech: Pcm,
  voice: Pick<Voice, 'bassDecibels' | 'trebleDecibels' | 'isNarrowBand'>,
  signal: AbortSignal,
): Promise<Pcm> {
  const equalised = await filter(speech, equaliser(voice), signal);
  let gain = targetLufs - (await loudnessLufs(equalised, signal));
  let mastered = await filter(equalised, amplifier(gain), signal);
  // What the limiter takes from the peaks is given back to the whole, until it is about right.
  for (let pass = 0; pass < 2; pass++) {
    const missing = targetLufs - (await loudnessLufs(mastered, signal));
    if (Math.abs(missing) < 0.4) break;
    gain += missing * 1.2;
    mastered = await filter(equalised, amplifier(gain), signal);
  }
  return mastered;
}

function amplifier(gainDecibels: number): string {
  const limit = (10 ** (peakDecibels / 20)).toFixed(4);
  return `volume=${gainDecibels.toFixed(3)}dB,alimiter=limit=${limit}:level=0:attack=3:release=60`;
}

function equaliser(voice: Pick<Voice, 'bassDecibels' | 'trebleDecibels' | 'isNarrowBand'>): string {
  const shelves = [
    `bass=g=${voice.bassDecibels.toFixed(2)}:f=200`,
    `treble=g=${voice.trebleDecibels.toFixed(2)}:f=3500`,
  ];
  const band = voice.isNarrowBand ? ['highpass=f=320', 'lowpass=f=3300'] : ['highpass=f=65'];
  const evenOut = 'acompressor=threshold=-22dB:ratio=2.2:attack=8:release=140';
  const silence = 'adelay=80:all=1,apad=pad_dur=0.18';
  return [`aresample=${masterSampleRate}`, ...band, ...shelves, evenOut, silence].join(',');
}

/** Runs mono sound through an ffmpeg filter chain that ends at {@link masterSampleRate}. @throws MediaToolError */
async function filter(pcm: Pcm, chain: string, signal: AbortSignal): Promise<Pcm> {
  const raw = await ffmpeg(
    [...rawInput(pcm), '-af', chain, '-f', 'f32le', '-ar', String(masterSampleRate), '-ac', '1', 'pipe:1'],
    { stdin: bytesOf(pcm), signal },
  );
  const samples = new Float32Array(raw.buffer, raw.byteOffset, Math.floor(raw.byteLength / 4));
  return { sampleRate: masterSampleRate, channels: [samples] };
}

/**
 * Integrated loudness by EBU R 128. Shorter sound than the measure's 400 ms block is judged by its power alone.
 * @throws MediaToolError
 */
export async function loudnessLufs(pcm: Pcm, signal: AbortSignal): Promise<number> {
  const measure = 'ebur128=metadata=1,ametadata=mode=print:key=lavfi.r128.I:file=-';
  const printed = await ffmpeg([...rawInput(pcm), '-af', measure, '-f', 'null', '-'], {
    stdin: bytesOf(pcm),
    signal,
  });
  const last = new TextDecoder().decode(printed).trim().split('lavfi.r128.I=').at(-1);
  const lufs = Number(last);
  if (pcmSeconds(pcm) > 0.4 && Number.isFinite(lufs) && lufs > -65) return lufs;
  const samples = pcm.channels[0] ?? new Float32Array(0);
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, samples.length);
  return 10 * Math.log10(Math.max(power, 1e-8));
}

function rawInput(pcm: Pcm): string[] {
  return ['-f', 'f32le', '-ar', String(pcm.sampleRate), '-ac', '1', '-i', 'pipe:0'];
}

function bytesOf(pcm: Pcm): Uint8Array {
  const samples = pcm.channels[0] ?? new Float32Array(0);
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
}
