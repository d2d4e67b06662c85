import { describe, expect, test } from 'bun:test';
import { InvalidInput } from '../../errors.ts';
import { openAiForms } from './form.ts';

const bodyOf = (fields: [string, string][], files: [string, string][] = []) =>
  openAiForms.bodyOf({
    fields: fields.map(([name, text]) => ({ name, text })),
    files: files.map(([name, url]) => ({ name, url })),
  });

/** Paths of what it is refused for. */
function refusalsOf(fields: [string, string][], files: [string, string][] = []): string[] {
  try {
    bodyOf(fields, files);
    return [];
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    return error.issues.map(({ path }) => path);
  }
}

describe('a form', () => {
  test('is the JSON that says the same', () => {
    const body = bodyOf(
      [
        ['prompt', '12'],
        ['n', '2'],
        ['stream', 'false'],
        ['timestamp_granularities[]', 'word'],
        ['timestamp_granularities[]', 'segment'],
        ['input_reference[image_url]', 'https://x'],
      ],
      [['file', 'u1']],
    );
    expect(body).toEqual({
      prompt: '12',
      n: 2,
      stream: false,
      timestamp_granularities: ['word', 'segment'],
      input_reference: { image_url: 'https://x' },
      file: 'u1',
    });
  });

  test.each([
    ['image[]', { image: ['u1'] }],
    ['image', { image: 'u1' }],
    ['image[0]', { image: ['u1'] }],
  ])('of one file named %s', (name, expected) => {
    expect(bodyOf([], [[name, 'u1']])).toEqual(expected);
  });

  test.each(['image', 'image[]'])('of several files named %s has them in their order', (name) => {
    expect(
      bodyOf(
        [],
        [
          [name, 'u1'],
          [name, 'u2'],
          [name, 'u3'],
        ],
      ),
    ).toEqual({ image: ['u1', 'u2', 'u3'] });
  });

  test('leaves what is no number to the schema', () => {
    expect(
      bodyOf([
        ['n', '1e3'],
        ['seed', 'seven'],
      ]),
    ).toEqual({ n: '1e3', seed: 'seven' });
  });

  test('has each field once, and files where they belong', () => {
    expect(
      refusalsOf([
        ['prompt', 'a'],
        ['prompt', 'b'],
      ]),
    ).toEqual(['/prompt']);
    expect(refusalsOf([['file', 'http://x']], [['file', 'u1']])).toEqual(['/file']);
    expect(
      refusalsOf(
        [],
        [
          ['file', 'u1'],
          ['file', 'u2'],
        ],
      ),
    ).toEqual(['/file']);
    expect(
      refusalsOf(
        [],
        [
          ['prompt', 'u1'],
          ['__proto__', 'u2'],
        ],
      ),
    ).toEqual(['/prompt', '/__proto__']);
    expect(
      refusalsOf([
        ['a[b]', '1'],
        ['a[b]', '2'],
      ]),
    ).toEqual(['/a']);
    expect(
      refusalsOf([
        ['a', '1'],
        ['a[b]', '2'],
      ]),
    ).toEqual(['/a']);
  });

  test.each(['__proto__', '__proto__[polluted]', 'constructor[prototype]', 'a[__proto__]'])(
    'named %s changes nothing but itself',
    (name) => {
      bodyOf([[name, 'yes']]);
      expect(Reflect.get({}, 'polluted')).toBeUndefined();
      expect(Object.getPrototypeOf(bodyOf([[name, 'yes']]))).toBe(Object.prototype);
    },
  );
});
