import { readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MediaToolError } from './ffmpeg.ts';
import type { Pcm } from './pcm.ts';

/** How espeak-ng speaks. Its own scales, see `man espeak-ng`. */
export interface EspeakVoice {
  /** Language and variant, e.g. `en-us+f3`. */
  voice: string;
  wordsPerMinute: number;
  /** 0..99; 50 is the voice's own pitch. */
  pitch: number;
  /** Percent of the voice's own intonation range. */
  rangePercent?: number;
  /** Pause between words, in units of 10 ms at the default speed. */
  wordGap?: number;
}

/** Whether `program` can be started here. */
export function isInstalled(program: 'espeak-ng' | 'flite'): boolean {
  return Bun.which(program) !== null;
}

/**
 * Speaks `text` with espeak-ng: mono, 22,050 Hz. The text goes by stdin as SSML, escaped, so that nothing in it
 * is a command.
 * @throws MediaToolError when espeak-ng fails or doesn't know the voice
 */
export async function espeak(
  text: string,
  { voice, wordsPerMinute, pitch, rangePercent = 100, wordGap = 0 }: EspeakVoice,
  signal?: AbortSignal,
): Promise<Pcm> {
  const change = Math.round(rangePercent - 100);
  const range = change === 0 ? '' : ` range="${change > 0 ? '+' : ''}${change}%"`;
  const ssml = `<speak><prosody${range}>${escapeXml(text)}</prosody></speak>`;
  const child = Bun.spawn(
    [
      ...['espeak-ng', '-m', '-b', '1', '-v', voice, '-s', String(Math.round(wordsPerMinute))],
      ...['-p', String(Math.round(pitch)), '-g', String(Math.round(wordGap)), '--stdin', '--stdout'],
    ],
    {
      stdin: new TextEncoder().encode(ssml),
      stdout: 'pipe',
      stderr: 'pipe',
      ...(signal ? { signal } : {}),
    },
  );
  return parseWave(await outputOf('espeak-ng', child));
}

/** Speaks `text` with flite, through files in `folder`; mono, 16,000 Hz. @throws MediaToolError */
export async function flite(
  text: string,
  options: { voice: string; folder: string; stretch: number; pitchHertz: number; signal?: AbortSignal },
): Promise<Pcm> {
  const textPath = join(options.folder, 'flite.txt');
  const wavePath = join(options.folder, 'flite.wav');
  await writeFile(textPath, text);
  const child = Bun.spawn(
    [
      ...['flite', '-voice', options.voice, '--setf', `duration_stretch=${options.stretch}`],
      ...['--setf', `int_f0_target_mean=${options.pitchHertz}`, '-f', textPath, '-o', wavePath],
    ],
    {
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
      ...(options.signal ? { signal: options.signal } : {}),
    },
  );
  await outputOf('flite', child);
  const wave = await readFile(wavePath);
  await Promise.all([unlink(textPath), unlink(wavePath)]);
  return parseWave(wave);
}

/** Voices that `espeak-ng --voices` lists, by language tag such as `en-us` or `de`. @throws MediaToolError */
export async function espeakLanguages(): Promise<Set<string>> {
  const child = Bun.spawn(['espeak-ng', '--voices'], { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' });
  const table = new TextDecoder().decode(await outputOf('espeak-ng', child));
  return new Set(table.split('\n').flatMap((line) => line.trim().split(/\s+/)[1] ?? []));
}

async function outputOf(
  tool: string,
  child: Bun.Subprocess<'ignore' | Uint8Array<ArrayBuffer>, 'pipe', 'pipe'>,
): Promise<Uint8Array> {
  const [stdout, stderr, exitCode] = await Promise.all([
    new Response(child.stdout).bytes(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (exitCode !== 0) throw new MediaToolError(tool, child.signalCode ? null : exitCode, stderr);
  return stdout;
}

/** Control characters have no place in XML and are no sound; the rest is escaped. */
function escapeXml(text: string): string {
  return text
    .replace(/\p{Cc}+/gu, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

/** Reads 16-bit mono WAVE, as both programs write it; a streamed one has no true length in its header. */
function parseWave(bytes: Uint8Array): Pcm {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = 44;
  if (bytes.byteLength < headerBytes) return { sampleRate: 22_050, channels: [new Float32Array(0)] };
  const sampleRate = view.getUint32(24, true);
  const length = Math.floor((bytes.byteLength - headerBytes) / 2);
  const samples = new Float32Array(length);
  for (let i = 0; i < length; i++) samples[i] = view.getInt16(headerBytes + 2 * i, true) / 32_768;
  return { sampleRate, channels: [samples] };
}
