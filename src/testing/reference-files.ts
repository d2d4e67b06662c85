import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { ffmpeg } from '../media/ffmpeg.ts';

/** What the rabbit says to be aligned: the transcript of the reference's annotation example, as it is spoken. */
const lyrics = 'Boots on the porch and a laptop glow, I mint an A P I key before the roosters crow.';
const voice = 'Rin keeps her voice low. She measures every word before it lands.';

/**
 * Makes every file that the API reference's examples name below `https://cdn.example.com`, at the paths they
 * name, with real pictures, sound and film.
 * @param root an existing empty folder
 */
export async function makeReferenceFiles(root: string): Promise<void> {
  const input = join(root, 'input');
  const output = join(root, 'output');
  await mkdir(input);
  await mkdir(output);
  await Promise.all([
    picture(join(input, 'style-ref.webp'), 512, 512, '#c04a20'),
    picture(join(input, 'source.jpg'), 1200, 800, '#3a7'),
    picture(join(input, 'start-frame.webp'), 960, 544, '#27c'),
    picture(join(input, 'final-frame.webp'), 960, 544, '#a2c'),
    ...['03', '02', '01'].map((n, i) =>
      picture(join(input, `clip-a-last-${n}.webp`), 640, 640, `#${4 + i}88`),
    ),
    boat(join(input, 'boat_ref.png')),
    speech(voice, join(input, 'rin-voice-sample.opus')),
    speech(lyrics, join(input, 'country-heart-edit.mp3')),
    sound(join(input, 'reference-track.opus'), 7),
    sound(join(input, 'dialogue-half-b.opus'), 11),
    clip(join(output, 'clip-a.mp4'), 320),
    clip(join(output, 'clip-b.mp4'), 640),
  ]);
}

/** A ball over a horizon: enough shape for an edit, a first frame or a palette. */
export function pictureSvg(width: number, height: number, color: string): Buffer {
  return Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <rect width="100%" height="60%" fill="${color}"/><rect y="60%" width="100%" height="40%" fill="#234"/>
    <circle cx="40%" cy="45%" r="${height / 5}" fill="#fd8"/></svg>`);
}

async function picture(path: string, width: number, height: number, color: string): Promise<void> {
  await sharp(pictureSvg(width, height, color)).toFile(path);
}

async function boat(path: string): Promise<void> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="512" height="512">
    <path d="M60 330 H452 L400 430 H120 Z" fill="#8b4a2b"/><rect x="246" y="90" width="14" height="240" fill="#543"/>
    <path d="M270 100 L420 300 H270 Z" fill="#eee"/><path d="M236 130 L110 300 H236 Z" fill="#d9534f"/></svg>`;
  await sharp(Buffer.from(svg)).png().toFile(path);
}

async function speech(text: string, path: string): Promise<void> {
  const wav = `${path}.wav`;
  const child = Bun.spawn(['espeak-ng', '-w', wav, text], { stdout: 'ignore', stderr: 'pipe' });
  if ((await child.exited) !== 0) throw new Error(await new Response(child.stderr).text());
  await ffmpeg(['-i', wav, '-ar', '48000', path]);
}

async function sound(path: string, seconds: number): Promise<void> {
  const beats = `sine=frequency=330:beep_factor=4:duration=${seconds}`;
  await ffmpeg(['-f', 'lavfi', '-i', beats, '-ar', '48000', path]);
}

async function clip(path: string, frequency: number): Promise<void> {
  await ffmpeg([
    ...['-f', 'lavfi', '-i', 'testsrc2=size=640x352:rate=60:duration=2'],
    ...['-f', 'lavfi', '-i', `sine=frequency=${frequency}:sample_rate=48000:duration=2`],
    ...['-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-c:a', 'aac', path],
  ]);
}
