import { describe, expect, test } from 'bun:test';
import { resolved } from './task-fixture.ts';
import { tasks } from './registry.ts';

/** What each task's output will be, before it is made. That it then is so, Studio's own test shows with real files. */
describe('the expected output', () => {
  test('of a picture has its size and format', () => {
    const job = resolved('image.generate', { prompt: 'x', width: 1536, height: 1024, outputFormat: 'jpg' });
    expect(job.expectedOutput).toEqual({ kind: 'image', mimeType: 'image/jpeg', width: 1536, height: 1024 });
  });

  test('of an edit has the size that its source leads to', () => {
    const input = { prompt: 'x', sourceImage: 'https://example.com/a.png' };
    const facts = { '/input/sourceImage': { width: 4000, height: 2000 } };
    const { effectiveInput, expectedOutput } = resolved('image.edit', input, { facts });
    const { width, height } = effectiveInput;
    expect(expectedOutput).toEqual({
      kind: 'image',
      mimeType: 'image/webp',
      width,
      height,
    } as typeof expectedOutput);
    expect(width).not.toBe(4000);
  });

  test('of a video has the frames that interpolation makes', () => {
    const input = { prompt: 'x', durationFrames: 49, sampledFps: 24, interpolationFps: 60 };
    expect(resolved('video.generate', input).expectedOutput).toEqual({
      ...{ kind: 'video', mimeType: 'video/mp4', width: 1280, height: 704, frames: 121 },
      ...{ frameRate: { numerator: 60, denominator: 1 }, durationSeconds: 121 / 60 },
    });
  });

  test('of a video with reference audio has sound', () => {
    const input = {
      prompt: 'x',
      startFrameImage: 'https://example.com/a.png',
      referenceAudio: 'https://example.com/a.opus',
    };
    expect(resolved('video.generate', input).expectedOutput).toMatchObject({ hasAudio: true });
  });

  test('of combined clips is as long as they are without the overlaps', () => {
    const videoUrls = ['a', 'b', 'c'].map((name) => `https://example.com/${name}.mp4`);
    expect(resolved('video.combine', { videoUrls, overlapFrames: 10 }).expectedOutput).toEqual({
      ...{ kind: 'video', mimeType: 'video/mp4', width: 1280, height: 704, frames: 880, hasAudio: true },
      ...{ frameRate: { numerator: 30, denominator: 1 }, durationSeconds: 880 / 30 },
    });
  });

  test('of a sound has its format, and its length where the request says it', () => {
    const effect = resolved('moss.sound.effect', {
      prompt: 'a door',
      durationSeconds: 3,
      outputFormat: 'opus',
    });
    expect(effect.expectedOutput).toEqual({ kind: 'audio', mimeType: 'audio/ogg', durationSeconds: 3 });
    const music = resolved('ace.step.create', { tags: 'techno', durationSeconds: 20 });
    expect(music.expectedOutput).toEqual({ kind: 'audio', mimeType: 'audio/mpeg', durationSeconds: 20 });
    const speech = resolved('audio.speak', tasks.get('audio.speak')?.example);
    expect(speech.expectedOutput).toEqual({ kind: 'audio', mimeType: 'audio/mpeg' });
  });

  test('of a mesh and of an annotation is nothing that a task takes', () => {
    for (const name of ['trellis.generate', 'audio.annotation.reference']) {
      expect(resolved(name, tasks.get(name)?.example).expectedOutput).toBeNull();
    }
  });
});
