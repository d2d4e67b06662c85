import { describe, expect, test } from 'bun:test';
import { spokenText } from './audio-annotation-reference.ts';
import { issuePaths, resolved, runnerParamsOf } from './task-fixture.ts';

const name = 'audio.annotation.reference';
const sourceAudioUrl = 'https://cdn.example.com/input/country-heart-edit.mp3';

test('a recording alone is annotated in English by distil-large-v3', () => {
  const job = resolved(name, { sourceAudioUrl, seed: 1 });
  expect(runnerParamsOf(name, job)).toEqual({
    ...{ sourceAudioPath: '/in/source-audio.opus', transcript: null, language: 'en', seed: 1 },
    ...{ transcriptionModel: 'distil-large-v3', device: 'auto' },
  });
  expect(job.workload).toEqual({ units: 5, unit: 'input-second' });
});

test('section tags are not spoken', () => {
  expect(spokenText('[Intro]\nBoots on the porch,\n\n[Verse 1]\nand a  laptop')).toBe(
    'Boots on the porch, and a laptop',
  );
});

describe('price', () => {
  test.each([
    [720, 30_000],
    [721, 50_000],
    [1440, 50_000],
    [1441, 70_000],
    [2160, 70_000],
    [10_000, 70_000],
  ])('a transcript of %p characters costs %p micro-dollars', (characters, amountMicros) => {
    const transcript = `[Intro]\n${'x'.repeat(characters)}\n[Outro]`;
    expect(resolved(name, { sourceAudioUrl, transcript }).price.amountMicros).toBe(amountMicros);
  });

  test('without a transcript, or with tags alone, the band of 120 s holds', () => {
    expect(resolved(name, { sourceAudioUrl }).price.amountMicros).toBe(50_000);
    expect(resolved(name, { sourceAudioUrl, transcript: '[Intro]' }).price.amountMicros).toBe(50_000);
  });
});

test.each([
  ['no recording', {}, ['/input/sourceAudio']],
  ['a language in words', { sourceAudioUrl, language: 'English' }, ['/input/language']],
  ['an unknown model', { sourceAudioUrl, transcriptionModel: 'huge' }, ['/input/transcriptionModel']],
  ['an unknown device', { sourceAudioUrl, device: 'tpu' }, ['/input/device']],
  ['a blank transcript', { sourceAudioUrl, transcript: ' ' }, ['/input/transcript']],
])('refused: %s', (_, input, paths) => {
  expect(issuePaths(name, input)).toEqual(paths);
});
