import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface RedisProcess {
  port: number;
  stop(): Promise<void>;
}

/** A Redis of its own on a free port of the loopback interface that syncs its log to disk before it answers. */
export async function startRedis(): Promise<RedisProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'kt-redis-'));
  const port = await freePort();
  const durability = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''];
  const child = Bun.spawn(
    ['redis-server', '--bind', '127.0.0.1', '--port', String(port), '--dir', folder, ...durability],
    { stdin: 'ignore', stdout: 'pipe', stderr: 'inherit' },
  );
  await untilReady(child.stdout);
  return {
    port,
    async stop() {
      child.kill();
      await child.exited;
      rmSync(folder, { recursive: true });
    },
  };
}

async function untilReady(stdout: ReadableStream<Uint8Array>): Promise<void> {
  let text = '';
  const reader = stdout.getReader();
  const decoder = new TextDecoder();
  while (!text.includes('Ready to accept connections')) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`Redis did not start:\n${text}`);
    text += decoder.decode(value, { stream: true });
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' ? address?.port : undefined;
      server.close(() => (port === undefined ? reject(new Error('There is no free port.')) : resolve(port)));
    });
  });
}
