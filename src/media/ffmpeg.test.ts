import { describe, expect, test } from 'bun:test';
import { ffmpeg, MediaToolError } from './ffmpeg.ts';

const grayInput = ['-f', 'rawvideo', '-pix_fmt', 'gray', '-video_size', '640x480', '-i', 'pipe:0'];
const grayOutput = ['-f', 'rawvideo', '-pix_fmt', 'gray', 'pipe:1'];

describe('ffmpeg fed piece by piece', () => {
  test('takes every piece as it was when it was written, though its memory is used again', async () => {
    const frame = new Uint8Array(640 * 480);
    const raw = await ffmpeg([...grayInput, ...grayOutput], {
      async feed(write) {
        for (let i = 0; i < 20; i++) {
          frame.fill(i * 10);
          await write(frame);
        }
      },
    });
    const frames = Array.from({ length: 20 }, (_, i) =>
      raw.subarray(i * frame.length, (i + 1) * frame.length),
    );
    expect(raw.length).toBe(20 * frame.length);
    for (const [i, pixels] of frames.entries()) expect(pixels.every((value) => value === i * 10)).toBe(true);
  });

  test('throws what the feeder throws', async () => {
    const stopped = new RangeError('No more.');
    const run = ffmpeg([...grayInput, ...grayOutput], {
      async feed(write) {
        await write(new Uint8Array(640 * 480));
        throw stopped;
      },
    });
    await expect(run).rejects.toBe(stopped);
  });

  test('says what the program said when it ends before its input', async () => {
    const run = ffmpeg([...grayInput, '-c:v', 'no-such-codec', '-f', 'null', '-'], {
      async feed(write) {
        for (let i = 0; i < 1000; i++) await write(new Uint8Array(640 * 480));
      },
    });
    await expect(run).rejects.toBeInstanceOf(MediaToolError);
    await expect(run).rejects.toMatchObject({ stderr: expect.stringContaining('no-such-codec') });
  });

  test('ends with the abort signal', async () => {
    const aborter = new AbortController();
    const run = ffmpeg([...grayInput, ...grayOutput], {
      signal: aborter.signal,
      async feed(write) {
        for (;;) {
          await write(new Uint8Array(640 * 480));
          aborter.abort();
        }
      },
    });
    await expect(run).rejects.toMatchObject({ exitCode: null });
  });
});

test('ffmpeg tells how many frames it has written', async () => {
  const reports: number[] = [];
  const source = ['-f', 'lavfi', '-i', 'color=s=64x64:r=30,trim=end_frame=45'];
  await ffmpeg([...source, '-f', 'null', '-'], { onFrame: (frames) => reports.push(frames) });
  expect(reports.at(-1)).toBe(45);
});
