import { Worker } from 'bullmq';

export const queueName = 'media';
export const queueConnection = (port: number) => ({ host: '127.0.0.1', port, maxRetriesPerRequest: null });

/** Takes jobs like the fake runner: 64 at once, each done at once. */
export async function startWorker(redisPort: number): Promise<void> {
  const worker = new Worker(queueName, async () => ({ ok: 1 }), {
    connection: queueConnection(redisPort),
    concurrency: 64,
  });
  await worker.waitUntilReady();
}

if (import.meta.main) {
  await startWorker(Number(process.argv[2]));
  process.stdout.write('ready\n');
}
