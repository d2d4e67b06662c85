import sharp from 'sharp';
import type { SoakClient } from './soak-client.ts';
import type { SmallJob } from './soak-jobs.ts';

/** What has happened so far, by its name; errors by their words. */
export interface SoakCounts {
  events: Map<string, number>;
  errors: Map<string, number>;
}

export function emptyCounts(): SoakCounts {
  return { events: new Map(), errors: new Map() };
}

export function countUp(counts: Map<string, number>, name: string, by = 1): void {
  counts.set(name, (counts.get(name) ?? 0) + by);
}

interface Visit {
  client: SoakClient;
  job: SmallJob;
  count: (name: string, by?: number) => void;
}

/** What a client may do with a job. Those that end as usual stand for most clients. */
const behaviours: ((visit: Visit) => Promise<void>)[] = [
  watchAndDownload,
  watchAndDownload,
  watchAndDownload,
  pollAndDownload,
  cancelAtOnce,
  cancelLater,
  replay,
  leaveTheStream,
  sendBrokenFile,
  sendForm,
  goOnFromAnOutput,
];

/** One user after the other until the time is up, each with a job and a behaviour of its own. */
export async function visitUntil(
  endsAt: number,
  options: { clients: readonly SoakClient[]; jobs: readonly SmallJob[]; counts: SoakCounts },
): Promise<void> {
  const { clients, jobs, counts } = options;
  const count = (name: string, by?: number) => countUp(counts.events, name, by);
  while (performance.now() < endsAt) {
    const visit = { client: anyOf(clients), job: anyOf(jobs), count };
    try {
      await anyOf(behaviours)(visit);
    } catch (error) {
      countUp(counts.errors, error instanceof Error ? error.message.slice(0, 300) : String(error));
      // A server that is gone must not be asked a million times.
      await Bun.sleep(500);
    }
  }
}

/** Each job once, all at once: every runner is up afterwards. */
export async function visitOnce(client: SoakClient, jobs: readonly SmallJob[]): Promise<void> {
  await Promise.all(jobs.map((job) => watchAndDownload({ client, job, count: () => {} })));
}

async function watchAndDownload({ client, job, count }: Visit): Promise<void> {
  const jobId = await submit({ client, job, count });
  await finish(await client.watch(jobId), { client, job, count });
}

async function pollAndDownload(visit: Visit): Promise<void> {
  const jobId = await submit(visit);
  await finish(await visit.client.pollUntilDone(jobId), visit);
}

async function cancelAtOnce(visit: Visit): Promise<void> {
  const jobId = await submit(visit);
  await visit.client.cancel(jobId);
  visit.count('canceled, or tried to');
  await finish(await visit.client.pollUntilDone(jobId), visit);
}

async function cancelLater(visit: Visit): Promise<void> {
  const jobId = await submit(visit);
  const watching = visit.client.watch(jobId);
  await Bun.sleep(Math.random() * 3000);
  await visit.client.cancel(jobId);
  visit.count('canceled, or tried to');
  await finish(await watching, visit);
}

async function replay(visit: Visit): Promise<void> {
  const key = crypto.randomUUID();
  const first = await submit(visit, key);
  const second = await visit.client.submit(visit.job, { key });
  if (first !== second) throw new Error(`replay: ${first} became ${second}`);
  visit.count('replayed');
  await finish(await visit.client.pollUntilDone(first), visit);
}

async function leaveTheStream(visit: Visit): Promise<void> {
  const jobId = await submit(visit);
  await visit.client.watch(jobId, 1);
  visit.count('left a stream');
  await finish(await visit.client.pollUntilDone(jobId), visit);
}

async function sendBrokenFile({ client, count }: Visit): Promise<void> {
  const broken = { dataBase64: Buffer.from('no picture at all').toString('base64'), mimeType: 'image/png' };
  const job = { task: 'image.edit', input: { prompt: 'at night', sourceImage: broken } };
  await client.submit(job, { isBroken: true });
  count('refused');
}

async function sendForm(visit: Visit): Promise<void> {
  const pixels = Buffer.alloc(96 * 96 * 3, Math.floor(Math.random() * 256));
  const picture = sharp(pixels, { raw: { width: 96, height: 96, channels: 3 } }).png();
  const jobId = await visit.client.submitForm(new Blob([await picture.toBuffer()]));
  visit.count('submitted');
  visit.count('sent as a form');
  await finish(await visit.client.pollUntilDone(jobId), visit);
}

/** The URL of an output is the next job's input, as an agent chains them. */
async function goOnFromAnOutput({ client, count }: Visit): Promise<void> {
  const size = { width: 128, height: 128 };
  const painting = { client, count, job: { task: 'image.generate', input: { prompt: 'a hill', ...size } } };
  const painted = await client.pollUntilDone(await submit(painting));
  await finish(painted, painting);
  const sourceImage = painted.outputs[0]?.url;
  const editing = { ...painting, job: { task: 'image.edit', input: { prompt: 'at night', sourceImage } } };
  await finish(await client.watch(await submit(editing)), editing);
  count('went on from an output');
}

async function submit({ client, job, count }: Visit, key?: string): Promise<string> {
  const jobId = await client.submit(job, key === undefined ? {} : { key });
  if (jobId === null) throw new Error('The appliance refused a job that is in order.');
  count('submitted');
  return jobId;
}

async function finish(job: Awaited<ReturnType<SoakClient['poll']>>, visit: Visit): Promise<void> {
  const { client, count } = visit;
  count(job.status);
  if (job.status === 'failed') throw new Error(`failed: ${visit.job.task} ${JSON.stringify(job)}`);
  for (const output of job.outputs) count('bytes downloaded', await client.download(output));
}

function anyOf<T>(values: readonly T[]): T {
  const value = values[Math.floor(Math.random() * values.length)];
  if (value === undefined) throw new Error('There is nothing to choose from.');
  return value;
}
