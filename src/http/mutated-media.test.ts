import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { seededRandom } from '../media/random.ts';
import { makeTestMedia, type TestMedia } from '../storage/test-media.ts';
import { type AttackedAppliance, startAttackedAppliance } from '../testing/attacked-appliance.ts';
import { mutateFile, mutationNames } from '../testing/mutate-file.ts';

/**
 * Hundreds of broken media files through the running appliance: each is refused or taken, what is taken ends as
 * a job that succeeded or was refunded, and afterwards nothing is left of the others: no file, no process, no
 * memory.
 */

type Kind = 'image' | 'audio' | 'video';

const sources: [name: string, mimeType: string][] = [
  ['photo.png', 'image/png'],
  ['noise.png', 'image/png'],
  ['photo.jpg', 'image/jpeg'],
  ['photo.webp', 'image/webp'],
  ['tone.wav', 'audio/wav'],
  ['tone.mp3', 'audio/mpeg'],
  ['tone.opus', 'audio/ogg'],
  ['tone.ogg', 'audio/ogg'],
  ['tone.flac', 'audio/flac'],
  ['tone.m4a', 'audio/mp4'],
  ['tone-live.webm', 'audio/webm'],
  ['clip.mp4', 'video/mp4'],
  ['clip.mov', 'video/quicktime'],
  ['clip.webm', 'video/webm'],
  ['clip.mkv', 'video/x-matroska'],
];
/** The same files every time; a count that suits a CI machine of two cores. */
const roundsOf: Record<Kind, number> = { image: 4, audio: 2, video: 2 };
const concurrency = 4;
/** Of the files that a quote lets through, so many are run for real. */
const runsOf: Record<Kind, number> = { image: 16, audio: 8, video: 8 };

interface Specimen {
  name: string;
  kind: Kind;
  mimeType: string;
  bytes: Buffer;
  /** Where the web server has it. */
  url: string;
}

let media: TestMedia;
let server: Bun.Server<undefined>;
let appliance: AttackedAppliance;
let specimens: Specimen[];

beforeAll(async () => {
  media = await makeTestMedia();
  server = Bun.serve({
    ...{ hostname: '127.0.0.1', port: 0 },
    fetch({ url }) {
      const specimen = specimens[Number(new URL(url).pathname.slice(1))];
      return specimen ? new Response(specimen.bytes) : new Response(null, { status: 404 });
    },
  });
  specimens = await breed();
  appliance = await startAttackedAppliance({
    settings: { KT_INPUTS_TRUSTED_ORIGINS: server.url.origin, KT_SCHEDULER_CPU_SLOTS: '2' },
  });
});
afterAll(async () => {
  await appliance[Symbol.asyncDispose]();
  await server.stop(true);
  await media[Symbol.asyncDispose]();
});

async function breed(): Promise<Specimen[]> {
  const random = seededRandom(20_261_124);
  const good = await Promise.all(sources.map(([name]) => media.bytes(name)));
  const bred: Specimen[] = [];
  for (const [index, [source, mimeType]] of sources.entries()) {
    const kind = mimeType.slice(0, 5) as Kind;
    for (const mutation of Array.from({ length: roundsOf[kind] }, () => mutationNames).flat()) {
      const other = good[Math.floor(random() * good.length)] ?? new Uint8Array(1);
      const bytes = mutateFile(good[index] ?? new Uint8Array(1), { mutation, random, other });
      const url = `${server.url.origin}/${bred.length}`;
      bred.push({ name: `${source} ${mutation} ${bred.length}`, kind, mimeType, bytes, url });
    }
  }
  return bred;
}

/** The job that takes such a file, inline or by its URL. */
function requestFor({ kind, mimeType, bytes, url }: Specimen, isInline: boolean) {
  const file = isInline ? { dataBase64: bytes.toString('base64'), mimeType } : url;
  switch (kind) {
    case 'image':
      return { task: 'image.edit', input: { prompt: 'noir', sourceImage: file } };
    case 'audio':
      return { task: 'audio.annotation.reference', input: { sourceAudio: file } };
    case 'video':
      return { task: 'video.combine', input: { videos: [file, file] } };
  }
}

/** Works through `items`, a few at a time, in order. */
async function inParallel<T, R>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const queue = [...items.entries()];
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift())
      results[next[0]] = await work(next[1], next[0]);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return results;
}

describe('broken files', () => {
  let taken: Specimen[];

  test('are quoted or refused, every one', async () => {
    expect(specimens.length).toBeGreaterThanOrEqual(300);
    const warm = specimens.filter((_, index) => index % 10 === 0);
    await inParallel(warm, (specimen) => appliance.post('/api/v1/media/quote', requestFor(specimen, true)));
    const { rssBytes } = await appliance.memory();
    const answers = await inParallel(specimens, (specimen, index) =>
      appliance.post('/api/v1/media/quote', requestFor(specimen, index % 2 === 0)),
    );
    const unexpected = specimens.flatMap(({ name }, index) => {
      const { status, body } = answers[index] ?? {};
      return [200, 413, 415, 422].includes(status ?? 0) ? [] : [{ name, status, body }];
    });
    expect(unexpected).toEqual([]);
    taken = specimens.filter((_, index) => answers[index]?.status === 200);
    // Neither must be all: mutations that break nothing, or everything, prove little.
    expect(taken.length).toBeGreaterThan(specimens.length * 0.2);
    expect(taken.length).toBeLessThan(specimens.length * 0.8);
    expect((await appliance.memory()).rssBytes - rssBytes).toBeLessThan(200e6);
    expect((await appliance.state()).files).toEqual([]);
  }, 120_000);

  test('that are taken end as jobs that succeeded or were refunded', async () => {
    const start = await appliance.state();
    const chosen = (['image', 'audio', 'video'] as const).flatMap((kind) => {
      const ofKind = taken.filter((specimen) => specimen.kind === kind);
      const step = Math.max(1, Math.floor(ofKind.length / runsOf[kind]));
      return ofKind.filter((_, index) => index % step === 0).slice(0, runsOf[kind]);
    });
    const submitted = await inParallel(chosen, (specimen) =>
      appliance.post('/api/v1/media/jobs', requestFor(specimen, true)),
    );
    expect(submitted.map(({ status }) => status)).toEqual(chosen.map(() => 202));
    const ended = await inParallel(submitted, async ({ body: { jobId } }) => {
      for (;;) {
        const { body } = await appliance.get(`/api/v1/media/jobs?jobId=${jobId}`);
        if (body.finishedAt !== null) return body;
        await Bun.sleep(50);
      }
    });
    const wrong = ended.filter(
      ({ status, billing, error }) =>
        !(status === 'succeeded' && !billing.refunded) &&
        !(status === 'failed' && billing.refunded && error.code === 'invalid_input'),
    );
    expect(wrong).toEqual([]);
    const kept = ended.filter(({ status }) => status === 'succeeded');
    expect(kept.length).toBeGreaterThan(chosen.length / 2);
    const charged = kept.reduce((sum, { billing }) => sum + billing.amountMicros, 0);
    const end = await appliance.state();
    expect(start.balanceMicros - end.balanceMicros).toBe(charged);
    expect(end.files).toHaveLength(kept.length);
    for (const path of end.files)
      expect(path).toMatch(/^files\/jobs\/job_[0-9a-f]+\/out\/[a-z-]+\.[a-z0-9]+$/);
  }, 120_000);

  test('leave no process behind, and the appliance well', async () => {
    const descendants = await appliance.descendants();
    expect(descendants.filter(({ name, isZombie }) => isZombie || !name.startsWith('bun'))).toEqual([]);
    expect((await appliance.get('/api/v1/health')).body).toMatchObject({
      ...{ status: 'ok', queue: { queued: 0, running: 0 } },
    });
    expect((await appliance.memory()).peakBytes).toBeLessThan(800e6);
  });
});
