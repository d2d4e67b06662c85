import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { ffmpeg } from '../media/ffmpeg.ts';

/** Real media files for this folder's tests, made by ffmpeg and sharp in a folder of their own. */
export interface TestMedia extends AsyncDisposable {
  folder: string;
  path(name: string): string;
  bytes(name: string): Promise<Uint8Array<ArrayBuffer>>;
}

const tone = ['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=44100'];
const picture = ['-f', 'lavfi', '-i', 'testsrc2=size=160x96:rate=30000/1001'];

/**
 * 2 s of sound (`tone.mp3 .wav .flac .opus .ogg .aac .m4a`, `tone-live.webm` without a length in its header,
 * `tone-cover.mp3` with cover art), 1 s of video (`clip.mp4 .mov .webm .mkv`, `clip-silent.mp4`,
 * `clip-turned.mp4`), and images (`photo.png .jpg .webp`, `photo-turned.jpg`, `noise.png`, `moving.gif`).
 */
export async function makeTestMedia(): Promise<TestMedia> {
  const folder = await mkdtemp(join(tmpdir(), 'kt-test-media-'));
  const path = (name: string) => join(folder, name);
  await makeImages(path);
  await makeSounds(path);
  await makeVideos(path);
  return {
    folder,
    path,
    bytes: (name) => Bun.file(path(name)).bytes(),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

type PathOfName = (name: string) => string;

async function makeSounds(path: PathOfName): Promise<void> {
  const seconds = ['-t', '2', '-map', '0:a'];
  await ffmpeg([
    ...tone,
    ...[...seconds, '-c:a', 'libmp3lame', path('tone.mp3')],
    ...[...seconds, path('tone.wav')],
    ...[...seconds, path('tone.flac')],
    ...[...seconds, '-c:a', 'libopus', path('tone.opus')],
    ...[...seconds, '-c:a', 'libvorbis', path('tone.ogg')],
    ...[...seconds, '-c:a', 'aac', path('tone.aac')],
    ...[...seconds, '-c:a', 'aac', path('tone.m4a')],
    ...[...seconds, '-c:a', 'libopus', '-live', '1', path('tone-live.webm')],
  ]);
  const cover = ['-map', '0:a', '-map', '1:v', '-c', 'copy', '-disposition:v', 'attached_pic'];
  await ffmpeg(['-i', path('tone.mp3'), '-i', path('photo.jpg'), ...cover, path('tone-cover.mp3')]);
}

async function makeVideos(path: PathOfName): Promise<void> {
  const h264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac'];
  const inputs = [...picture, ...tone, '-t', '1.001'];
  await ffmpeg([...inputs, ...h264, '-movflags', '+faststart', path('clip.mp4')]);
  const copy = ['-i', path('clip.mp4'), '-c', 'copy'];
  await ffmpeg([...copy, path('clip.mov')]);
  await ffmpeg([...copy, path('clip.mkv')]);
  await ffmpeg([...copy, '-an', path('clip-silent.mp4')]);
  await ffmpeg([...copy, '-metadata:s:v', 'rotate=90', path('clip-turned.mp4')]);
  await ffmpeg([...inputs, '-c:v', 'libvpx', '-c:a', 'libopus', '-deadline', 'realtime', path('clip.webm')]);
}

async function makeImages(path: PathOfName): Promise<void> {
  await ffmpeg([...picture, '-frames:v', '1', path('photo.png')]);
  await ffmpeg([...picture, '-t', '0.3', path('moving.gif')]);
  await sharp(path('photo.png')).jpeg().toFile(path('photo.jpg'));
  await sharp(path('photo.png')).webp().toFile(path('photo.webp'));
  await sharp(path('photo.png')).withMetadata({ orientation: 6 }).jpeg().toFile(path('photo-turned.jpg'));
  const noise = crypto.getRandomValues(new Uint8Array(64 * 64 * 4));
  await sharp(noise, { raw: { width: 64, height: 64, channels: 4 } })
    .png()
    .toFile(path('noise.png'));
}

/** The first part of a file. */
export function firstPart(bytes: Uint8Array<ArrayBuffer>, fraction: number): Uint8Array<ArrayBuffer> {
  return bytes.slice(0, Math.floor(bytes.length * fraction));
}

export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
