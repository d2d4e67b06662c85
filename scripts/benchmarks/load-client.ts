import { HttpConnection, wireRequest } from './http-connection.ts';
import { percentile } from './statistics.ts';

/** What the client is to do: the first argument of the program, as JSON. */
export interface LoadPlan {
  origin: string;
  headers: Record<string, string>;
  /** Of every submit. */
  body: string;
  jobs: number;
  clients: number;
}

/** What the client has measured, as JSON on stdout. */
export interface LoadFigures {
  acceptedPerSecond: number;
  /** From the first submit until the last job is over. */
  donePerSecond: number;
  submitP50Ms: number;
  submitP99Ms: number;
  /** One client alone, from the submit until a poll says `succeeded`. */
  sequentialP50Ms: number;
  sequentialP99Ms: number;
  pollsPerSecond: number;
}

const jobsPath = '/api/v1/media/jobs';
const sequentialJobs = 300;

async function measure(plan: LoadPlan): Promise<LoadFigures> {
  const { origin, headers, body, jobs } = plan;
  const submit = wireRequest('POST', `${origin}${jobsPath}`, { headers, body });
  const connections = await Promise.all(
    Array.from({ length: plan.clients }, () => HttpConnection.open(origin)),
  );
  const [first] = connections;
  if (!first) throw new Error('There is no client.');
  const send = (count: number, text: string, status: number) => sendAll({ connections, count, text, status });

  // Starts the runner and lets both sides compile what is hot.
  await send(Math.ceil(jobs / 4), submit, 202);
  await drained(first, plan);

  const startedAt = performance.now();
  const submits = await send(jobs, submit, 202);
  await drained(first, plan);
  const doneSeconds = (performance.now() - startedAt) / 1000;
  const last = await runOne(first, plan, submit);
  const sequential: number[] = [];
  while (sequential.length < Math.min(jobs, sequentialJobs)) {
    sequential.push((await runOne(first, plan, submit)).milliseconds);
  }
  const polls = await send(jobs, pollOf(plan, last.jobId), 200);
  for (const connection of connections) connection.close();
  return {
    acceptedPerSecond: jobs / submits.seconds,
    donePerSecond: jobs / doneSeconds,
    submitP50Ms: percentile(submits.milliseconds, 0.5),
    submitP99Ms: percentile(submits.milliseconds, 0.99),
    sequentialP50Ms: percentile(sequential, 0.5),
    sequentialP99Ms: percentile(sequential, 0.99),
    pollsPerSecond: jobs / polls.seconds,
  };
}

/** Sends the request `count` times, each connection one after the other. */
export async function sendAll(options: {
  connections: readonly HttpConnection[];
  count: number;
  text: string;
  status: number;
}): Promise<{ seconds: number; milliseconds: number[] }> {
  const { connections, count, text, status } = options;
  const milliseconds: number[] = [];
  let sent = 0;
  const startedAt = performance.now();
  const client = async (connection: HttpConnection) => {
    while (sent < count) {
      sent++;
      const sentAt = performance.now();
      const answer = await connection.request(text);
      if (answer.status !== status) throw new Error(`${answer.status}: ${answer.body}`);
      milliseconds.push(performance.now() - sentAt);
    }
  };
  await Promise.all(connections.map(client));
  return { seconds: (performance.now() - startedAt) / 1000, milliseconds };
}

/** Waits until nothing is queued and nothing runs. */
async function drained(connection: HttpConnection, { origin }: LoadPlan): Promise<void> {
  const health = wireRequest('GET', `${origin}/api/v1/health`, { headers: {} });
  for (;;) {
    const { queue }: { queue: { queued: number; running: number } } = JSON.parse(
      (await connection.request(health)).body,
    );
    if (queue.queued + queue.running === 0) return;
    await Bun.sleep(10);
  }
}

function pollOf({ origin, headers }: LoadPlan, jobId: string): string {
  return wireRequest('GET', `${origin}${jobsPath}?jobId=${jobId}`, { headers });
}

async function runOne(
  connection: HttpConnection,
  plan: LoadPlan,
  submit: string,
): Promise<{ jobId: string; milliseconds: number }> {
  const startedAt = performance.now();
  const { jobId }: { jobId: string } = JSON.parse((await connection.request(submit)).body);
  const poll = pollOf(plan, jobId);
  for (;;) {
    const job: { status: string; error?: object } = JSON.parse((await connection.request(poll)).body);
    if (job.status === 'succeeded') return { jobId, milliseconds: performance.now() - startedAt };
    if (job.error) throw new Error(`The job ${job.status}: ${JSON.stringify(job.error)}`);
  }
}

if (import.meta.main) {
  const plan: LoadPlan = JSON.parse(process.argv[2] ?? '');
  process.stdout.write(JSON.stringify(await measure(plan)));
}
