import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ffmpeg } from '../media/ffmpeg.ts';
import { inspectAudio, inspectVideo } from './inspect-recording.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kt-inspect-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** One picture of 1600×1000. */
async function film(name: string, codec: string): Promise<string> {
  const path = join(folder, name);
  const source = ['-f', 'lavfi', '-i', 'color=size=1600x1000:rate=10', '-frames:v', '1'];
  await ffmpeg([...source, '-c:v', codec, path]);
  return path;
}

const looking = {
  ...{ demuxers: ['mov', 'matroska'], secondsMax: 60, timeoutSeconds: 20 },
  signal: new AbortController().signal,
};
const tooSmall = { ...looking, pixelsMax: 1_000_000 };

describe('a film of more pixels than allowed', () => {
  test.each([
    ['film.mp4', 'libx264'],
    ['film.webm', 'libvpx-vp9'],
  ])('is refused by what its container says: %s', async (name, codec) => {
    const path = await film(name, codec);
    expect(await inspectVideo(path, { ...looking, pixelsMax: 1_600_000 })).toMatchObject({
      ...{ width: 1600, height: 1000, frames: 1 },
    });
    await expect(inspectVideo(path, tooSmall)).rejects.toMatchObject({
      ...{ code: 'too_large', message: expect.stringContaining('1600×1000') },
    });
    await expect(inspectAudio(path, tooSmall)).rejects.toMatchObject({ code: 'wrong_media' });
  });

  test('is not decoded where its container says less', async () => {
    const bytes = Buffer.from(await Bun.file(await film('lie.webm', 'libvpx-vp9')).bytes());
    // PixelWidth and PixelHeight, see RFC 9559.
    bytes.writeUInt16BE(160, bytes.indexOf(Buffer.from('b0820640', 'hex')) + 2);
    bytes.writeUInt16BE(100, bytes.indexOf(Buffer.from('ba8203e8', 'hex')) + 2);
    const path = join(folder, 'lying.webm');
    await Bun.write(path, bytes);
    await expect(inspectVideo(path, tooSmall)).rejects.toMatchObject({ code: 'unreadable' });
  });
});

test('a song whose cover is larger than a film may be is taken', async () => {
  const [sound, cover, song] = ['tone.mp3', 'cover.png', 'song.mp3'].map((name) => join(folder, name));
  await ffmpeg(['-f', 'lavfi', '-i', 'sine=duration=2', sound ?? '']);
  await ffmpeg(['-f', 'lavfi', '-i', 'color=size=1600x1000', '-frames:v', '1', cover ?? '']);
  const both = ['-i', sound ?? '', '-i', cover ?? '', '-map', '0', '-map', '1', '-c', 'copy'];
  await ffmpeg([...both, '-disposition:v', 'attached_pic', song ?? '']);
  const { hasAudio } = await inspectAudio(song ?? '', { ...tooSmall, demuxers: ['mp3'] });
  expect(hasAudio).toBe(true);
});
