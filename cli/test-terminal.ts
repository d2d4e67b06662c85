import { mkdtempSync } from 'node:fs';
import { createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listen } from '../src/http/listen.ts';
import { projectRoot, startTestAppliance, type TestAppliance } from '../src/testing/test-appliance.ts';
import { until } from '../src/testing/until.ts';

export interface Ended {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

export interface Started {
  pid: number;
  /** What it has written so far; where it has a terminal, everything. */
  stdout(): string;
  stderr(): string;
  type(text: string): void;
  signal(name: NodeJS.Signals): void;
  ended: Promise<Ended>;
}

interface SpawnOptions {
  environment?: Record<string, string>;
  /** With a terminal of its own, on which a person could answer. */
  hasTerminal?: boolean;
  stdin?: string;
}

/** Somebody's home folder and working folder, in which the real program is run. */
export interface TestUser {
  home: string;
  folder: string;
  start(args: string[], options?: SpawnOptions): Started;
  run(args: string[], options?: SpawnOptions): Promise<Ended>;
}

export function newUser(environment: Record<string, string> = {}): TestUser {
  const home = mkdtempSync(join(tmpdir(), 'kt-home-'));
  const folder = mkdtempSync(join(tmpdir(), 'kt-work-'));
  const start: TestUser['start'] = (args, options = {}) => {
    const env = { PATH: process.env['PATH'] ?? '', HOME: home, ...environment, ...options.environment };
    return spawn(args, { ...options, env, folder });
  };
  return { home, folder, start, run: (args, options) => start(args, options).ended };
}

function spawn(
  args: string[],
  options: SpawnOptions & { env: Record<string, string>; folder: string },
): Started {
  const { env, folder: cwd, hasTerminal = false, stdin = '' } = options;
  const command = [process.execPath, 'run', join(projectRoot, 'cli/main.ts'), ...args];
  const decoder = new TextDecoder();
  const said = { stdout: '', stderr: '' };
  if (hasTerminal) {
    const terminal = new Bun.Terminal({
      cols: 120,
      rows: 30,
      data: (_terminal, data) => {
        said.stdout += decoder.decode(data, { stream: true });
      },
    });
    const child = Bun.spawn(command, { cwd, env: { ...env, TERM: 'xterm' }, terminal });
    const ended = child.exited.then((exitCode) => ({ exitCode, ...said }));
    return describeChild(child, { said, ended, type: (text) => terminal.write(text) });
  }
  const child = Bun.spawn(command, { cwd, env, stdin: new Blob([stdin]), stdout: 'pipe', stderr: 'pipe' });
  const read = async (stream: ReadableStream<Uint8Array>, into: 'stdout' | 'stderr') => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) said[into] += text;
  };
  const ended = Promise.all([child.exited, read(child.stdout, 'stdout'), read(child.stderr, 'stderr')]).then(
    ([exitCode]) => ({ exitCode, ...said }),
  );
  return describeChild(child, { said, ended, type: () => {} });
}

function describeChild(
  child: { pid: number; kill(signal: NodeJS.Signals): void },
  rest: { said: { stdout: string; stderr: string }; ended: Promise<Ended>; type: (text: string) => void },
): Started {
  const { said, ended, type } = rest;
  const signal = (name: NodeJS.Signals) => child.kill(name);
  return { pid: child.pid, stdout: () => said.stdout, stderr: () => said.stderr, type, signal, ended };
}

export interface ListeningAppliance extends TestAppliance {
  origin: string;
  /** A user who has the appliance's first key in the environment. */
  user(environment?: Record<string, string>): TestUser;
  end(): Promise<void>;
}

/** A real appliance that listens on loopback. */
export async function startListening(
  options: Parameters<typeof startTestAppliance>[0] = {},
): Promise<ListeningAppliance> {
  const appliance = await startTestAppliance(options);
  const origin = listen(appliance.app, { host: '127.0.0.1', port: 0 });
  return {
    ...appliance,
    origin,
    user: (environment = {}) =>
      newUser({ KILLATAMATA_URL: origin, KILLATAMATA_API_KEY: appliance.apiKey, ...environment }),
    async end() {
      await appliance.app.stop(true);
      await appliance.stop();
    },
  };
}

/** What lies between a client and its appliance, and may fail. */
export interface Proxy {
  origin: string;
  /** Breaks every connection. */
  cut(): void;
  /** Takes none, until told otherwise. */
  isDown: boolean;
  /** Of the next request that holds this text, the answer never arrives. */
  loseAnswerTo: string | null;
  connections: number;
  close(): void;
}

export async function startProxy(target: string): Promise<Proxy> {
  const { hostname, port } = new URL(target);
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = createConnection({ host: hostname, port: Number(port) });
    proxy.connections++;
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        open.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    if (proxy.isDown) return client.destroy();
    let isLost = false;
    client.on('data', (chunk) => {
      if (proxy.loseAnswerTo !== null && chunk.toString('latin1').includes(proxy.loseAnswerTo)) {
        isLost = true;
        proxy.loseAnswerTo = null;
      }
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => (isLost ? client.destroy() : client.write(chunk)));
  });
  const proxy: Proxy = {
    origin: '',
    isDown: false,
    loseAnswerTo: null,
    connections: 0,
    cut: () => {
      for (const socket of open) socket.destroy();
    },
    close: () => {
      proxy.cut();
      server.close();
    },
  };
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port.');
  proxy.origin = `http://127.0.0.1:${address.port}`;
  return proxy;
}

/** Waits until the program has said it so often. */
export async function untilSaid(started: Started, text: string, times = 1): Promise<void> {
  await until(() => `${started.stdout()}${started.stderr()}`.split(text).length > times);
}
