import type { Gpu } from '../../src/models/gpus.ts';

/** Looks at a card's memory while something goes on. */
export interface CardWatch extends Disposable {
  /** The most that was used since the last call, by every program; null where nvidia-smi can't tell. */
  takeMostBytes(): number | null;
}

const everyMs = 100;
const mebibyte = 1024 ** 2;

/** @param environment `PATH` tells where nvidia-smi is */
export function watchCard(
  gpu: Pick<Gpu, 'uuid'>,
  environment: Readonly<Record<string, string | undefined>>,
): CardWatch {
  const program = Bun.which('nvidia-smi', { PATH: environment['PATH'] ?? '' });
  if (program === null || gpu.uuid === null) return { takeMostBytes: () => null, [Symbol.dispose]() {} };
  const query = ['--query-gpu=memory.used', '--format=csv,noheader,nounits'];
  const child = Bun.spawn([program, ...query, '-i', gpu.uuid, '-lms', String(everyMs)], {
    stdin: 'ignore',
    stderr: 'ignore',
  });
  let mostBytes: number | null = null;
  void readLines(child.stdout, (line) => {
    if (/^\d+$/.test(line)) mostBytes = Math.max(mostBytes ?? 0, Number(line) * mebibyte);
  });
  return {
    takeMostBytes() {
      const most = mostBytes;
      mostBytes = null;
      return most;
    },
    [Symbol.dispose]: () => child.kill(),
  };
}

async function readLines(stream: ReadableStream<Uint8Array>, take: (line: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) take(line.trim());
  }
}

/** Of the NVIDIA driver; `unknown` where there is none. */
export function driverVersion(environment: Readonly<Record<string, string | undefined>>): string {
  const program = Bun.which('nvidia-smi', { PATH: environment['PATH'] ?? '' });
  if (program === null) return 'unknown';
  const query = ['--query-gpu=driver_version', '--format=csv,noheader'];
  const { stdout, success } = Bun.spawnSync([program, ...query], { stderr: 'ignore' });
  const [version = ''] = stdout.toString().trim().split('\n');
  return success && version !== '' ? version : 'unknown';
}
