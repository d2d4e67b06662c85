import { answerOf } from './answer.ts';
import type { Appliance, Context } from './command.ts';
import { exitCodes, Failure } from './failure.ts';
import { sleep } from './interruption.ts';
import type { SubmittedJob } from './job.ts';
import { bodyOf, type JobRequest } from './job-request.ts';
import { patienceMs } from './patience.ts';
import type { PendingRun } from './pending-run.ts';

const pauseMs = { first: 500, most: 10_000 };

/** Refusals that pass by themselves. What is missing, such as a model or money, is none. */
const passing = new Set([
  ...['no_answer', 'stopping', 'rate_limited', 'request_in_progress'],
  ...['too_many_bodies', 'too_many_connections'],
]);

/**
 * Submits a job at the price that was agreed to, and again where no answer came: the key makes it the same job, which is charged once.
 * @throws Failure it is refused (`price_changed`: it costs more, and its quote is in the details), or there is no answer for long; Interrupted before it was sent; SubmitUnknown after
 */
export async function submitJob(
  context: Context,
  { client }: Appliance,
  { request, pending }: { request: JobRequest; pending: PendingRun },
): Promise<SubmittedJob> {
  const { terminal, environment, interruption } = context;
  const { idempotencyKey, agreedMicros } = pending;
  const headers = { 'x-idempotency-key': idempotencyKey };
  const most = agreedMicros === null ? {} : { maxAmountMicros: agreedMicros };
  const startedAt = performance.now();
  interruption.signal.throwIfAborted();
  for (let waitMs = pauseMs.first; ; waitMs = Math.min(waitMs * 2, pauseMs.most)) {
    try {
      return await answerOf(client.api.v1.media.jobs.post({ ...bodyOf(request), ...most }, { headers }));
    } catch (error) {
      if (!(error instanceof Failure) || !passing.has(error.code)) throw error;
      const isPatient = performance.now() - startedAt < patienceMs(environment);
      if (!isPatient || interruption.signal.aborted) throw new SubmitUnknown(error, interruption.signal);
      if (waitMs === pauseMs.first) terminal.say(`${error.message} Trying again …`);
      const pause = sleep(Math.max(waitMs, (error.retryAfterSeconds ?? 0) * 1000), interruption.signal);
      await pause.catch(() => {
        throw new SubmitUnknown(error, interruption.signal);
      });
    }
  }
}

/** The job may be queued or not; the same idempotency key will tell. */
export class SubmitUnknown extends Failure {
  constructor(cause: Failure, { aborted }: AbortSignal) {
    super(`${cause.message}\nThe job may be queued: the same command takes it up, and pays for it once.`, {
      exitCode: aborted ? exitCodes.interrupted : exitCodes.unreachable,
      code: 'submit_unknown',
      cause,
    });
  }
}
