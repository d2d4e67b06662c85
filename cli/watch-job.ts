import { answerOf } from './answer.ts';
import type { Appliance } from './command.ts';
import { exitCodes, Failure } from './failure.ts';
import { sleep } from './interruption.ts';
import { isStatus, isTerminal, type JobView } from './job.ts';
import { jobEvents } from './job-events.ts';
import { isPlainObject } from './plain-object.ts';

const pauseMs = { first: 250, most: 5000 };

/**
 * A job now and whenever it changes, to its terminal state. By its event stream; where that breaks, is full or silent,
 * by a look at the job, and then by the stream again, from where it was.
 * @throws Failure it is refused, or the appliance was not heard of for `patienceMs`; the signal's reason
 */
export async function* watchJob(
  appliance: Appliance,
  options: { jobId: string; signal: AbortSignal; patienceMs: number },
): AsyncGenerator<JobView> {
  const { jobId, signal, patienceMs } = options;
  let lastEventId: string | undefined;
  let heardAt = performance.now();
  let waitMs = pauseMs.first;
  for (;;) {
    try {
      for await (const { id, data } of jobEvents(appliance, { jobId, lastEventId, signal })) {
        heardAt = performance.now();
        waitMs = pauseMs.first;
        lastEventId = id;
        const job = readJob(data);
        yield job;
        if (isTerminal(job)) return;
      }
    } catch (error) {
      assertPassing(error);
    }
    try {
      const job = await findJob(appliance, jobId);
      heardAt = performance.now();
      yield job;
      if (isTerminal(job)) return;
    } catch (error) {
      assertPassing(error);
      if (performance.now() - heardAt > patienceMs) throw error;
    }
    await sleep(waitMs, signal);
    waitMs = Math.min(waitMs * 2, pauseMs.most);
  }
}

export async function findJob({ client }: Appliance, jobId: string): Promise<JobView> {
  const found = await answerOf(client.api.v1.media.jobs.get({ query: { jobId } }));
  if (!('jobId' in found)) throw new Error('The appliance answers a list where one job was asked for.');
  return found;
}

/** Throws on what another try won't mend. */
function assertPassing(error: unknown): void {
  if (!(error instanceof Failure) || error.exitCode !== exitCodes.unreachable) throw error;
}

/** The data of an event, which no type checker has seen. */
function readJob(data: string): JobView {
  const job: unknown = JSON.parse(data);
  if (isJob(job)) return job;
  throw new Error('The appliance sends an event that is no job.');
}

function isJob(value: unknown): value is JobView {
  return (
    isPlainObject(value) &&
    typeof value['jobId'] === 'string' &&
    isStatus(value['status']) &&
    isPlainObject(value['progress'])
  );
}
