import { describe, expect, test } from 'bun:test';
import { issuePaths, refused, resolved, checkInput } from './task-fixture.ts';

const prompt = 'cinematic fox astronaut';
const image = 'https://cdn.example.com/a.png';

describe('null is a field left out', () => {
  test('where it is optional, as a field, a file, an alias or the seed', () => {
    const input = {
      prompt,
      width: null,
      height: null,
      outputFormat: null,
      referenceImages: null,
      seed: null,
    };
    const job = resolved('image.generate', input);
    expect(job).toEqual(resolved('image.generate', { prompt }));
    const edit = resolved('image.edit', { prompt, sourceImage: null, sourceImageUrl: image });
    expect(edit.effectiveInput['sourceImage']).toMatchObject({ source: image });
  });

  test('where it is required, and is told so', () => {
    expect(refused('image.generate', { prompt: null })[0]?.message).toStartWith('is required');
    expect(issuePaths('image.edit', { prompt, sourceImage: null })).toEqual(['/input/sourceImage']);
  });

  test('but not under a name that is no field', () => {
    expect(issuePaths('image.generate', { prompt, promt: null })).toEqual(['/input/promt']);
  });
});

describe('a word in capitals or by another name is read, and reported', () => {
  test.each([
    ['image.generate', { prompt, outputFormat: 'JPEG' }, 'outputFormat', 'jpg'],
    ['image.generate', { prompt, outputFormat: 'jpeg' }, 'outputFormat', 'jpg'],
    ['moss.sound.effect', { prompt, quality: '128K' }, 'quality', '128k'],
    ['ace.step.create', { tags: 'pop', language: 'EN' }, 'language', 'en'],
    ['audio.annotation.reference', { sourceAudioUrl: image, language: ' De' }, 'language', 'de'],
  ])('%s %p', (name, input, field, to) => {
    const job = resolved(name, input);
    expect(job.effectiveInput[field]).toBe(to);
    const from: unknown = Object.entries(input).find(([key]) => key === field)?.[1];
    expect(job.inputAdjustments).toMatchObject([{ field, from, to }]);
  });

  test('what means nothing is refused as it was sent', () => {
    const [issue] = refused('image.generate', { prompt, outputFormat: 'GIF' });
    expect(issue?.message).toEndWith('not "GIF".');
    expect(issuePaths('image.generate', { prompt, outputFormat: 'constructor' })).toEqual([
      '/input/outputFormat',
    ]);
  });

  test('a prompt keeps its capitals and blanks', () => {
    const job = resolved('image.generate', { prompt: ' A Fox ' });
    expect(job.effectiveInput['prompt']).toBe(' A Fox ');
    expect(job.inputAdjustments).toEqual([]);
  });
});

describe('a file', () => {
  test.each([
    [' HTTPS://cdn.example.com/A.png\n', 'https://cdn.example.com/A.png'],
    ['DATA:image/png;base64,AA', 'data:image/png;base64,AA'],
    ['/files/job_1/a.png?exp=1&sig=A', '/files/job_1/a.png?exp=1&sig=A'],
    [
      { dataBase64: 'AA', mimeType: 'Image/PNG; charset=binary' },
      { dataBase64: 'AA', mimeType: 'image/png' },
    ],
  ])('%p is %p', (sent, meant) => {
    const checked = checkInput('image.generate', { prompt, referenceImages: [sent] });
    if (!checked.ok) throw new Error(JSON.stringify(checked.issues));
    expect(checked.value.media.map(({ input }) => input)).toEqual([meant]);
  });

  test('of this appliance may be named by its path, in lists of URLs too', () => {
    const path = '/files/job_1/a.mp4?exp=1&sig=A';
    expect(resolved('video.combine', { videoUrls: [path, path] }).price.amountMicros).toBe(10_000);
    expect(issuePaths('video.combine', { videoUrls: ['/etc/passwd', path] })).toEqual(['/input/videoUrls/0']);
  });
});
