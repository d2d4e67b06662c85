import type { ApplianceChild } from './appliance-child.ts';
import { fakeJob } from './test-appliance.ts';

/** Submits in one life of the appliance, so that what waits stays little enough to be worked on. */
const submitsMax = 8;

/** A client that submits jobs one after the other, and lives on when the appliance dies. */
export class CrashClient {
  /** The jobs it was told of, by their idempotency keys. */
  readonly acknowledged = new Map<string, string>();
  /** Answers that named another job than an earlier answer to the same key. */
  mismatches = 0;
  readonly #name: string;
  #submits = 0;
  /** Sent, and not answered yet. */
  #open: string | undefined;
  #last: string | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  /**
   * Catches up, then submits new jobs until the appliance is gone or it has sent enough.
   * @throws Error when the appliance answers anything but an accepted job
   */
  async submitUntilDead(server: ApplianceChild): Promise<void> {
    try {
      await this.catchUp(server);
      for (let i = 0; i < submitsMax; i++) {
        this.#open = `${this.#name}-${this.#submits++}`;
        await this.#submit(server, this.#open);
        this.#open = undefined;
      }
    } catch (error) {
      if (error instanceof Refused) throw error;
    }
  }

  /** Sends again what was answered last, which must bring the same job, and what has no answer yet. */
  async catchUp(server: ApplianceChild): Promise<void> {
    if (this.#last !== undefined) await this.#submit(server, this.#last);
    if (this.#open !== undefined) await this.#submit(server, this.#open);
    this.#open = undefined;
  }

  async #submit({ origin, apiKey }: ApplianceChild, key: string): Promise<void> {
    const response = await fetch(`${origin}/api/v1/media/jobs`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${apiKey}`,
        'content-type': 'application/json',
        'x-idempotency-key': key,
      },
      body: JSON.stringify(fakeJob({ milliseconds: 5 })),
    });
    const text = await response.text();
    if (response.status !== 202) throw new Refused(`${response.status}: ${text}`);
    const { jobId }: { jobId: string } = JSON.parse(text);
    const earlier = this.acknowledged.get(key) ?? jobId;
    if (earlier !== jobId) this.mismatches++;
    this.acknowledged.set(key, earlier);
    this.#last = key;
  }
}

class Refused extends Error {}
