import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { issuePaths, type MediaFacts, refused, resolved, runnerParamsOf } from './task-fixture.ts';

const name = 'audio.speak';
const text = 'We launch at dawn, hold formation, and bring everyone home safely.';
const voiceDescription = 'Warm confident narrator with balanced pacing.';
const referenceAudioUrl = 'https://cdn.example.com/input/rin-voice-sample.opus';

function design(input: object = {}) {
  return resolved(name, { text, voiceDescription, ...input });
}

function clone(input: object = {}, audio: MediaFacts = {}) {
  const facts = { '/input/referenceAudioUrl': audio };
  return resolved(name, { mode: 'voice_clone', text, referenceAudioUrl, ...input }, { facts });
}

test('a voice is designed by default', () => {
  const job = design({ seed: 1 });
  expect(job.inputAdjustments).toEqual([]);
  expect(job.effectiveInput).toMatchObject({ quality: '128k', outputFormat: 'mp3' });
  expect(runnerParamsOf(name, job)).toEqual({
    ...{ mode: 'voice_design', text, voiceDescription, language: 'English', seed: 1 },
    ...{ referenceAudioPath: null, referenceTranscript: null, referenceAudioMaxSeconds: null },
    ...{ maxNewTokens: 2048, qualityKbps: 128, outputFormat: 'mp3' },
  });
});

test('a voice is cloned from a recording, with few tokens', () => {
  const job = clone({ referenceTranscript: 'Rin keeps her voice low.', seed: 1 });
  expect(job.inputAdjustments).toEqual([]);
  expect(runnerParamsOf(name, job)).toEqual({
    ...{ mode: 'voice_clone', text, voiceDescription: null, language: 'English', seed: 1 },
    ...{ referenceAudioPath: '/in/reference-audio.opus', referenceTranscript: 'Rin keeps her voice low.' },
    ...{ referenceAudioMaxSeconds: 6, maxNewTokens: 384, qualityKbps: 128, outputFormat: 'mp3' },
  });
});

test('a text longer than its tokens can say is told to be cut, and how many would do', () => {
  const long = { text: 'a'.repeat(600) };
  expect(clone(long).inputAdjustments).toEqual([
    {
      ...{ field: 'text', from: '600 characters', to: 'about 430 characters' },
      reason: '`maxNewTokens` 384 ends the speech after 30.72 s, which may cut it off; 525 would do',
    },
  ]);
  expect(clone({ ...long, maxNewTokens: 525 }).inputAdjustments).toEqual([]);
  expect(clone({ text: 'a'.repeat(430) }).inputAdjustments).toEqual([]);
  expect(clone({ text: 'a'.repeat(431) }).inputAdjustments).toHaveLength(1);
  expect(design(long).inputAdjustments).toEqual([]);
  expect(design({ ...long, maxNewTokens: 64 }).inputAdjustments).toMatchObject([{ field: 'text' }]);
  // What is charged, and what the runner gets, stays.
  expect(runnerParamsOf(name, clone(long))).toMatchObject({ ...long, maxNewTokens: 384 });
});

test('a recording longer than what is used of it is trimmed, and that is reported', () => {
  expect(clone({}, { durationSeconds: 9.12345 }).inputAdjustments).toMatchObject([
    { field: 'referenceAudioUrl', from: '9.123 s', to: '6 s' },
  ]);
  expect(clone({ referenceAudioMaxSeconds: 10 }, { durationSeconds: 9 }).inputAdjustments).toEqual([]);
});

test('a recording of more than 10 s is refused at the field that named it', () => {
  const facts = { '/input/referenceAudioUrl': { durationSeconds: 11 } };
  const [issue] = refused(name, { mode: 'voice_clone', text, referenceAudioUrl }, { facts });
  expect(issue?.path).toBe('/input/referenceAudioUrl');
  expect(issue?.message).toContain('at most 10 s');
  expect(clone({}, { durationSeconds: 10.04 }).effectiveInput['mode']).toBe('voice_clone');
});

test.each(['en', 'EN', 'english', ' ENGLISH '])('%p is English, and that is reported', (language) => {
  const job = design({ language });
  expect(job.effectiveInput['language']).toBe('English');
  expect(job.inputAdjustments).toMatchObject([{ field: 'language', from: language, to: 'English' }]);
});

describe('quality', () => {
  test.each([
    ['64k', 64, 0],
    ['320k', 320, 0],
    ['192', 192, 1],
    [256, 256, 1],
  ])('%p is %p kbit/s', (quality, qualityKbps, adjustments) => {
    const job = design({ quality });
    expect(job.effectiveInput['quality']).toBe(`${qualityKbps}k`);
    expect(runnerParamsOf(name, job)['qualityKbps']).toBe(qualityKbps);
    expect(job.inputAdjustments).toHaveLength(adjustments);
  });

  test.each([
    ['97k', '96k'],
    [72, '64k'],
    ['300k', '320k'],
    ['129K', '128k'],
  ])('mp3 has no %p: it becomes %p, and that is reported', (quality, nearest) => {
    const job = design({ quality });
    expect(job.effectiveInput['quality']).toBe(nearest);
    expect(job.inputAdjustments.at(-1)).toMatchObject({ field: 'quality', to: nearest });
    expect(job.inputAdjustments.at(-1)?.reason).toContain('mp3 has no');
  });

  test('Opus has every bit rate up to 320k', () => {
    for (const quality of ['97k', '320k']) {
      expect(design({ quality, outputFormat: 'opus' }).inputAdjustments).toEqual([]);
    }
  });

  test.each(['wav', 'flac'])(
    '%s has no use for it, which is said to a client that sent it',
    (outputFormat) => {
      expect(design({ quality: '192k', outputFormat }).inputAdjustments).toEqual([
        { field: 'quality', from: '192k', to: null, reason: `${outputFormat} has no bit rate` },
      ]);
      expect(design({ outputFormat }).inputAdjustments).toEqual([]);
    },
  );
});

describe('refused', () => {
  const good = { text, voiceDescription };
  test.each([
    ['39 characters of two units', { ...good, text: '😀'.repeat(39) }, ['/input/text']],
    ['39 characters and blanks', { ...good, text: ` ${'x'.repeat(39)} ` }, ['/input/text']],
    ['39 characters', { ...good, text: 'x'.repeat(39) }, ['/input/text']],
    ['601 characters', { ...good, text: 'x'.repeat(601) }, ['/input/text']],
    ['a short voice description', { text, voiceDescription: 'x'.repeat(19) }, ['/input/voiceDescription']],
    ['a long voice description', { text, voiceDescription: 'x'.repeat(241) }, ['/input/voiceDescription']],
    ['no voice description', { text }, ['/input/voiceDescription']],
    ['another language', { ...good, language: 'German' }, ['/input/language']],
    ['63k', { ...good, quality: '63k' }, ['/input/quality']],
    ['321k', { ...good, quality: '321k' }, ['/input/quality']],
    ['a bit rate in words', { ...good, quality: 'high' }, ['/input/quality']],
    ['a recording without voice_clone', { ...good, referenceAudioUrl }, ['/input/referenceAudioUrl']],
    [
      'a transcript without voice_clone',
      { ...good, referenceTranscript: 'x', referenceAudioMaxSeconds: 6 },
      ['/input/referenceTranscript', '/input/referenceAudioMaxSeconds'],
    ],
    ['voice_clone without recording', { mode: 'voice_clone', text }, ['/input/referenceAudio']],
    [
      'more than 10 s of reference',
      { mode: 'voice_clone', text, referenceAudioUrl, referenceAudioMaxSeconds: 11 },
      ['/input/referenceAudioMaxSeconds'],
    ],
    ['an unknown mode', { ...good, mode: 'clone' }, ['/input/mode']],
    [
      'a picture for a voice',
      { mode: 'voice_clone', text, referenceAudio: 'data:image/png;base64,AA' },
      ['/input/referenceAudio'],
    ],
  ])('%s', (_, input, paths) => {
    expect(issuePaths(name, input)).toEqual(paths);
  });
});

describe('price', () => {
  const price = (characters: number) => design({ text: 'x'.repeat(characters) }).price.amountMicros;

  test.each([
    [40, 10_000],
    [45, 10_000],
    [46, 20_000],
    [105, 20_000],
    [106, 30_000],
    [150, 30_000],
    [151, 30_000],
    [600, 30_000],
  ])('%p characters cost %p micro-dollars', (characters, amountMicros) => {
    expect(price(characters)).toBe(amountMicros);
  });

  test('counts characters, not units of UTF-16, and no blanks around them', () => {
    expect(design({ text: '😀'.repeat(45) }).price.amountMicros).toBe(10_000);
    expect(design({ text: '😀'.repeat(600) }).price.amountMicros).toBe(30_000);
    expect(design({ text: `  ${'x'.repeat(45)}  ` }).price.amountMicros).toBe(10_000);
  });

  test('never falls as the text grows', () => {
    fc.assert(
      fc.property(fc.integer({ min: 40, max: 599 }), (characters) => {
        expect(price(characters)).toBeLessThanOrEqual(price(characters + 1));
      }),
    );
  });
});
