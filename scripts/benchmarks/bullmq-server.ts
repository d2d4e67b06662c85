import { Queue } from 'bullmq';
import { Elysia } from 'elysia';
import { JobsQuery, SubmitBody } from '../../src/jobs/model.ts';
import { queueConnection, queueName, startWorker } from './bullmq-queue.ts';

/**
 * The same HTTP API with BullMQ behind it, as a user would write it: the same body check and answers of the same
 * size, but no keys, no rate limit, no idempotency, no ledger, no prices and no files.
 */
export interface BullmqServerOptions {
  redisPort: number;
  /** Whether the jobs are worked on in this process too. */
  worksHere: boolean;
  /** An answer of the appliance to a submit, and to a poll of a job that is over. */
  submitAnswer: object;
  pollAnswer: object;
}

const standardPriority = 2;

function createServer({ redisPort, submitAnswer, pollAnswer }: BullmqServerOptions) {
  const queue = new Queue(queueName, { connection: queueConnection(redisPort) });
  return new Elysia({ normalize: false })
    .post(
      '/api/v1/media/jobs',
      async ({ body }) => {
        const job = await queue.add(body.task, body, { priority: standardPriority });
        const id = longId(job.id);
        return Response.json({ ...submitAnswer, jobId: id, id }, { status: 202 });
      },
      { body: SubmitBody },
    )
    .get(
      '/api/v1/media/jobs',
      async ({ query: { jobId = '' } }) => {
        const job = await queue.getJob(shortId(jobId));
        if (!job) return new Response(null, { status: 404 });
        const isDone = job.finishedOn !== undefined && !job.failedReason;
        const status = isDone ? 'succeeded' : (await job.isActive()) ? 'running' : 'queued';
        return { ...pollAnswer, jobId, id: jobId, status };
      },
      { query: JobsQuery },
    )
    .get('/api/v1/health', async () => {
      const counts = await queue.getJobCounts('waiting', 'prioritized', 'active');
      const { waiting = 0, prioritized = 0, active = 0 } = counts;
      return { queue: { queued: waiting + prioritized, running: active } };
    });
}

/** As long as the appliance's ids. */
function longId(id = ''): string {
  return `job_${id.padStart(24, '0')}`;
}

function shortId(id: string): string {
  return id.replace(/^job_0*/, '');
}

if (import.meta.main) {
  const options: BullmqServerOptions = JSON.parse(process.argv[2] ?? '');
  if (options.worksHere) await startWorker(options.redisPort);
  const app = createServer(options).listen({ hostname: '127.0.0.1', port: 0 });
  process.stdout.write(`http://127.0.0.1:${app.server?.port}\n`);
}
