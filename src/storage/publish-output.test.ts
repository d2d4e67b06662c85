import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { OutputRefused } from './check-output.ts';
import { createOutputStore, type DeclaredOutput, type OutputStore } from './publish-output.ts';
import { makeTestMedia, type TestMedia } from './test-media.ts';

let media: TestMedia;
let data: string;
let store: OutputStore;
let outputFolder: string;

beforeAll(async () => {
  media = await makeTestMedia();
});
afterAll(() => media[Symbol.asyncDispose]());
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'kt-publish-'));
  const [filesRoot, scratchRoot] = [join(data, 'files'), join(data, 'scratch')];
  await mkdir(scratchRoot);
  store = createOutputStore({ filesRoot, scratchRoot, outputBytesMax: 1_000_000 });
  outputFolder = await makeOutputFolder();
});
afterAll(() => rm(data, { recursive: true, force: true }));

/** As a runner makes it. */
async function makeOutputFolder(): Promise<string> {
  const { outputFolder: folder } = store.nameScratch('job_1');
  await mkdir(folder, { recursive: true });
  return folder;
}
const put = (name: string, from: string | Uint8Array) =>
  Bun.write(join(outputFolder, name), typeof from === 'string' ? Bun.file(media.path(from)) : from);
const publish = (...outputs: DeclaredOutput[]) => store.publish({ jobId: 'job_1', outputs, outputFolder });
const published = () => readdir(join(data, 'files', 'jobs', 'job_1')).then((names) => names.toSorted());
const bytesOf = (text: string) => new TextEncoder().encode(text);

describe('publishing', () => {
  test('renames the outputs in with their facts, size and hash', async () => {
    await put('image.png', 'photo.png');
    await put('notes.json', bytesOf('{"words":["ü"]}'));
    const facts = { width: 160, height: 96 };
    const got = await publish(
      { filename: 'image.png', mimeType: 'image/png', ...facts },
      { filename: 'notes.json', mimeType: 'application/json' },
    );
    const bytes = await media.bytes('photo.png');
    const sha256 = new Bun.CryptoHasher('sha256').update(bytes).digest('hex');
    expect(got[0]).toEqual({
      filename: 'image.png',
      mimeType: 'image/png',
      ...facts,
      bytes: bytes.length,
      sha256,
    });
    expect(got[1]).toMatchObject({ filename: 'notes.json', bytes: 16 });
    const out = join(data, 'files', 'jobs', 'job_1', 'out');
    expect((await readdir(out)).toSorted()).toEqual(['image.png', 'notes.json']);
    expect(await Bun.file(join(out, 'image.png')).bytes()).toEqual(bytes);
  });

  test.each([
    ['photo.webp', 'image/webp'],
    ['photo.jpg', 'image/jpeg'],
    ['tone.mp3', 'audio/mpeg'],
    ['tone.opus', 'audio/ogg'],
    ['clip.mp4', 'video/mp4'],
  ])('takes %s as %s', async (name, mimeType) => {
    await put(name, name);
    expect(await publish({ filename: name, mimeType })).toHaveLength(1);
  });

  test('takes a GLB', async () => {
    await put('model.glb', bytesOf('glTF\x02\0\0\0'));
    expect(await publish({ filename: 'model.glb', mimeType: 'model/gltf-binary' })).toHaveLength(1);
  });

  test('what was not declared is not published', async () => {
    await put('image.png', 'photo.png');
    await put('secret.txt', bytesOf('x'));
    await mkdir(join(outputFolder, 'folder'));
    await symlink('/etc/passwd', join(outputFolder, 'link'));
    await publish({ filename: 'image.png', mimeType: 'image/png' });
    expect(await readdir(join(data, 'files', 'jobs', 'job_1', 'out'))).toEqual(['image.png']);
    expect(await Bun.file('/etc/passwd').exists()).toBe(true);
  });

  test('a later attempt replaces what a crash left unpublished', async () => {
    await put('image.png', 'photo.png');
    await publish({ filename: 'image.png', mimeType: 'image/png' });
    outputFolder = await makeOutputFolder();
    await put('image.webp', 'photo.webp');
    await publish({ filename: 'image.webp', mimeType: 'image/webp' });
    expect(await readdir(join(data, 'files', 'jobs', 'job_1', 'out'))).toEqual(['image.webp']);
    expect(await published()).toEqual(['out']);
  });
});

describe('refusing', () => {
  /** The refusal's sentence; nothing may have been published. */
  const refusal = async (...outputs: DeclaredOutput[]) => {
    const error: unknown = await publish(...outputs).then(
      () => null,
      (failure: unknown) => failure,
    );
    expect(await published().catch(() => [])).toEqual([]);
    if (!(error instanceof OutputRefused)) throw new Error('it was published', { cause: error });
    return error.message;
  };
  const png = (filename: string) => ({ filename, mimeType: 'image/png' });

  test('a link, even to a good file', async () => {
    await symlink(media.path('photo.png'), join(outputFolder, 'image.png'));
    expect(await refusal(png('image.png'))).toContain('link');
  });

  test('a folder, a pipe, an empty file, a missing file', async () => {
    await mkdir(join(outputFolder, 'folder.png'));
    expect(await refusal(png('folder.png'))).toContain('not a regular file');
    expect(await Bun.spawn(['mkfifo', join(outputFolder, 'pipe.png')]).exited).toBe(0);
    expect(await refusal(png('pipe.png'))).toContain('not a regular file');
    await put('empty.png', new Uint8Array());
    expect(await refusal(png('empty.png'))).toContain('empty');
    expect(await refusal(png('missing.png'))).toContain('not made');
  });

  test('a file that is too large', async () => {
    await put('large.png', new Uint8Array(1_000_001));
    expect(await refusal(png('large.png'))).toContain('1000000 are allowed');
  });

  test.each([
    '../image.png',
    '/etc/passwd',
    '.hidden',
    'a/b.png',
    '',
    'a b.png',
    'ü.png',
    'a\0.png',
    `${'a'.repeat(101)}`,
  ])('a name that is no bare file name: %j', async (name) =>
    expect(await refusal(png(name))).toContain('no name'),
  );

  test.each([
    ['photo.png', 'image/jpeg'],
    ['photo.png', 'video/mp4'],
    ['tone.mp3', 'image/png'],
    ['clip.mp4', 'model/gltf-binary'],
    ['photo.png', 'application/json'],
    ['photo.png', 'application/octet-stream'],
    ['moving.gif', 'image/gif'],
  ])('bytes of %s declared as %s', async (name, mimeType) => {
    await put('file', name);
    expect(await refusal({ filename: 'file', mimeType })).toContain(`does not hold ${mimeType}`);
  });

  test('documents that a browser would run', async () => {
    await put('page', bytesOf('<html><script>1</script></html>'));
    for (const mimeType of ['text/html', 'image/svg+xml', 'application/json', 'image/png']) {
      expect(await refusal({ filename: 'page', mimeType })).toContain('does not hold');
    }
  });

  test('one bad file of several, and names that clash', async () => {
    await put('image.png', 'photo.png');
    expect(await refusal(png('image.png'), png('missing.png'))).toContain('not made');
    expect(await refusal(png('image.png'), png('IMAGE.png'))).toContain('twice');
  });
});

describe('scratch folders', () => {
  test("are new for each attempt, and one attempt's are removed without the next one's", async () => {
    const earlier = store.nameScratch('job_2');
    const folders = store.nameScratch('job_2');
    await Bun.write(join(earlier.outputFolder, 'old.png'), 'old');
    await Bun.write(join(folders.scratchFolder, 'new.bin'), 'new');
    await store.removeScratch(earlier);
    await store.removeScratch(earlier);
    expect((await readdir(join(data, 'scratch'))).filter((name) => name.startsWith('job_2-'))).toEqual([
      basename(folders.attemptFolder),
    ]);
  });

  test('are never named after an id that could mean another folder', () => {
    for (const jobId of ['..', 'a/b', '']) {
      expect(() => store.nameScratch(jobId)).toThrow('Not a job id');
    }
  });
});
