import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobView } from '../../../jobs/job-view.ts';
import { ffmpeg, localInputOnly } from '../../../media/ffmpeg.ts';
import { outputPath, stagingRoot } from '../../../storage/folders.ts';
import { FileGone } from '../../../storage/serve.ts';
import type { OpenAiParts } from '../parts.ts';
import type { Speak, SpeechFormat } from './model.ts';
import { madeFormat } from './speech-job.ts';

type SpeechBody = typeof Speak.static;

const timeoutSeconds = 120;
const mimeTypes: Record<SpeechFormat, string> = {
  mp3: 'audio/mpeg',
  opus: 'audio/ogg',
  aac: 'audio/aac',
  flac: 'audio/flac',
  wav: 'audio/wav',
  pcm: 'audio/pcm',
};
const encoders: Record<SpeechFormat, readonly string[]> = {
  mp3: ['-c:a', 'libmp3lame', '-b:a', '128k', '-f', 'mp3'],
  opus: ['-c:a', 'libopus', '-b:a', '128k', '-f', 'ogg'],
  aac: ['-c:a', 'aac', '-b:a', '128k', '-f', 'adts'],
  flac: ['-c:a', 'flac', '-f', 'flac'],
  wav: ['-c:a', 'pcm_s16le', '-f', 'wav'],
  pcm: ['-c:a', 'pcm_s16le', '-ar', '24000', '-ac', '1', '-f', 's16le'],
};

/** The spoken file as its client wants it. @throws FileGone, MediaToolError */
export async function speechFile(
  { parts, tools }: Pick<OpenAiParts, 'parts' | 'tools'>,
  { jobId, outputs }: JobView,
  body: SpeechBody,
): Promise<Response> {
  const { filesRoot } = parts.rules;
  const [output] = outputs;
  if (!output) throw new FileGone();
  const made = outputPath(filesRoot, jobId, output.filename);
  const wanted = body.response_format ?? 'mp3';
  const headers = { 'content-type': mimeTypes[wanted] };
  const speed = body.speed ?? 1;
  if (madeFormat(body) === wanted && speed === 1) return new Response(Bun.file(made), { headers });
  const bytes = await tools.pass(() => convert(made, { wanted, speed, folder: stagingRoot(filesRoot) }));
  return new Response(bytes, { headers });
}

/** A file in between, because a wav's header is written last. It is a few megabytes at most. */
async function convert(
  from: string,
  { wanted, speed, folder }: { wanted: SpeechFormat; speed: number; folder: string },
): Promise<Uint8Array<ArrayBuffer>> {
  await mkdir(folder, { recursive: true });
  const to = join(folder, randomUUID());
  try {
    const filters = speed === 1 ? [] : ['-filter:a', tempo(speed)];
    await ffmpeg([...localInputOnly, '-i', from, ...filters, ...encoders[wanted], to], { timeoutSeconds });
    return await Bun.file(to).bytes();
  } finally {
    await rm(to, { force: true });
  }
}

/** ffmpeg's filter halves at most; the pitch stays. */
function tempo(speed: number): string {
  return speed < 0.5 ? `atempo=0.5,${tempo(speed * 2)}` : `atempo=${speed}`;
}
