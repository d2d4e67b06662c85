import { readEvents } from '../demonstration/read-events.ts';
import type { SmallJob } from './soak-jobs.ts';

export interface SoakJob {
  jobId: string;
  status: string;
  finishedAt: string | null;
  outputs: { url: string; bytes: number }[];
}

/** The appliance answered what it should not have. */
export class Unexpected extends Error {}

/** One account's view of the API, strict about every answer. */
export class SoakClient {
  readonly #jobs: string;
  readonly #headers: Record<string, string>;

  constructor({ origin, apiKey }: { origin: string; apiKey: string }) {
    this.#jobs = `${origin}/api/v1/media/jobs`;
    this.#headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
  }

  /** @returns the job's id; null where the request was refused as it should be */
  async submit(job: SmallJob, options: { key?: string; isBroken?: boolean } = {}): Promise<string | null> {
    const { key, isBroken = false } = options;
    const response = await fetch(this.#jobs, {
      method: 'POST',
      headers: { ...this.#headers, ...(key === undefined ? {} : { 'x-idempotency-key': key }) },
      body: JSON.stringify(job),
    });
    if (!isBroken) return acceptedJob(response);
    const text = await response.text();
    if (response.status >= 400 && response.status < 500) return null;
    throw new Unexpected(`submit: ${response.status} ${text}`);
  }

  /** An edit of a picture that comes as a part of a form. */
  async submitForm(picture: Blob): Promise<string> {
    const form = new FormData();
    form.set('task', 'image.edit');
    form.set('input', JSON.stringify({ prompt: 'at night' }));
    form.set('sourceImage', picture, 'picture.png');
    const { authorization = '' } = this.#headers;
    return acceptedJob(await fetch(this.#jobs, { method: 'POST', headers: { authorization }, body: form }));
  }

  /** Reads the events until the job is over, or `eventsMax` of them. */
  async watch(jobId: string, eventsMax = Number.POSITIVE_INFINITY): Promise<SoakJob> {
    const leaving = new AbortController();
    const { signal } = leaving;
    const response = await fetch(`${this.#jobs}/events?jobId=${jobId}`, { headers: this.#headers, signal });
    if (response.status !== 200) throw new Unexpected(`events: ${response.status} ${await response.text()}`);
    let last: SoakJob | undefined;
    let events = 0;
    for await (const data of readEvents(response)) {
      last = JSON.parse(data);
      if (++events >= eventsMax) break;
    }
    leaving.abort();
    if (!last) throw new Unexpected('events: the stream ended without one');
    return last;
  }

  async poll(jobId: string): Promise<SoakJob> {
    const response = await fetch(`${this.#jobs}?jobId=${jobId}`, { headers: this.#headers });
    const text = await response.text();
    if (response.status !== 200) throw new Unexpected(`poll: ${response.status} ${text}`);
    return JSON.parse(text);
  }

  async pollUntilDone(jobId: string): Promise<SoakJob> {
    for (;;) {
      const job = await this.poll(jobId);
      if (job.finishedAt !== null) return job;
      await Bun.sleep(200);
    }
  }

  /** A job that is already over, or just changes its state, can't be canceled, and says so. */
  async cancel(jobId: string): Promise<void> {
    const url = `${this.#jobs}?jobId=${jobId}`;
    const response = await fetch(url, { method: 'DELETE', headers: this.#headers });
    const text = await response.text();
    if (response.status !== 200 && response.status !== 409) {
      throw new Unexpected(`cancel: ${response.status} ${text}`);
    }
  }

  /** @returns the bytes that were read */
  async download({ url, bytes }: SoakJob['outputs'][number]): Promise<number> {
    const response = await fetch(url);
    const body = await response.bytes();
    if (response.status !== 200 || body.length !== bytes) {
      throw new Unexpected(`download: ${response.status}, ${body.length} of ${bytes} bytes`);
    }
    return body.length;
  }
}

/** @throws Unexpected */
async function acceptedJob(response: Response): Promise<string> {
  const text = await response.text();
  if (response.status !== 202) throw new Unexpected(`submit: ${response.status} ${text}`);
  const { jobId }: { jobId: string } = JSON.parse(text);
  return jobId;
}
