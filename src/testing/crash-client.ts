import type { ApplianceChild } from './appliance-child.ts';
import { type AcknowledgedJob, crashJob, isCanceled, kindOf } from './crash-jobs.ts';

/** Submits in one life of the appliance, so that what waits stays little enough to be worked on. */
const submitsMax = 8;

const pollMs = 10;

interface Submit {
  key: string;
  number: number;
}

/** A client that submits jobs one after the other, and lives on when the appliance dies. */
export class CrashClient {
  /** The jobs it was told of, by their idempotency keys. */
  readonly acknowledged = new Map<string, AcknowledgedJob>();
  /** Answers that named another job than an earlier answer to the same key. */
  mismatches = 0;
  #submits = 0;
  /** Sent, and not answered yet. */
  #open: Submit | undefined;
  #last: Submit | undefined;
  /** Its cancel was or will be sent, and is not answered yet. */
  #canceling: AcknowledgedJob | undefined;

  constructor(readonly options: { name: string; webhookUrl: string }) {}

  /**
   * Catches up, then submits new jobs until the appliance is gone or it has sent enough.
   * @throws Error when the appliance answers anything but an accepted job
   */
  async submitUntilDead(server: ApplianceChild): Promise<void> {
    try {
      await this.catchUp(server);
      for (let i = 0; i < submitsMax; i++) {
        const number = this.#submits++;
        this.#open = { key: `${this.options.name}-${number}`, number };
        const job = await this.#submit(server, this.#open);
        this.#open = undefined;
        if (isCanceled(job.kind)) this.#canceling = job;
        await this.#cancel(server);
      }
    } catch (error) {
      if (error instanceof Refused) throw error;
    }
  }

  /** Sends again what was answered last, which must bring the same job, and all that has no answer yet. */
  async catchUp(server: ApplianceChild): Promise<void> {
    if (this.#last !== undefined) await this.#submit(server, this.#last);
    if (this.#open !== undefined) await this.#submit(server, this.#open);
    this.#open = undefined;
    await this.#cancel(server);
  }

  async #submit(server: ApplianceChild, submit: Submit): Promise<AcknowledgedJob> {
    const { key, number } = submit;
    const kind = kindOf(number);
    const body = JSON.stringify(crashJob(kind, this.options.webhookUrl));
    const { status, text } = await send(server, 'POST', '', { 'x-idempotency-key': key }, body);
    if (status !== 202) throw new Refused(`${status}: ${text}`);
    const { jobId }: { jobId: string } = JSON.parse(text);
    const job = this.acknowledged.get(key) ?? { jobId, kind };
    if (job.jobId !== jobId) this.mismatches++;
    this.acknowledged.set(key, job);
    this.#last = submit;
    return job;
  }

  /** A job that has ended before it was canceled, or changes its state just now, says so with a 409. */
  async #cancel(server: ApplianceChild): Promise<void> {
    const job = this.#canceling;
    if (!job) return;
    if (job.kind === 'canceledRunning') await untilItRuns(server, job);
    const { status, text } = await send(server, 'DELETE', `?jobId=${job.jobId}`);
    if (status !== 200 && status !== 409) throw new Refused(`${status}: ${text}`);
    job.cancelStatus = status;
    this.#canceling = undefined;
  }
}

async function untilItRuns(server: ApplianceChild, { jobId }: AcknowledgedJob): Promise<void> {
  for (;;) {
    const { status, text } = await send(server, 'GET', `?jobId=${jobId}`);
    if (status !== 200) throw new Refused(`${status}: ${text}`);
    const job: { status: string } = JSON.parse(text);
    if (job.status !== 'queued') return;
    await Bun.sleep(pollMs);
  }
}

async function send(
  { origin, apiKey }: ApplianceChild,
  method: string,
  query: string,
  headers: Record<string, string> = {},
  body?: string,
): Promise<{ status: number; text: string }> {
  const response = await fetch(`${origin}/api/v1/media/jobs${query}`, {
    method,
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body }),
  });
  return { status: response.status, text: await response.text() };
}

class Refused extends Error {}
