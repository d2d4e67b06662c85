import { Value } from '@sinclair/typebox/value';
import { readLines } from '../runners/lines.ts';
import { messageBytesMax, Notification, Response as Answer } from '../runners/protocol.ts';
import { type RunnerChild, spawnChild } from '../runners/spawn.ts';

/** A runner child without a supervisor: sends what the test says, even nonsense, and keeps all that comes back. */
export class ProtocolClient {
  readonly notifications: Notification[] = [];
  /** Every line of the child's stdout that is no message of the protocol. */
  readonly strayLines: string[] = [];
  /** Resolves at the child's end with what it printed on stderr. */
  readonly stderr: Promise<string>;
  readonly #child: RunnerChild;
  readonly #waiting = new Map<number | null, (answer: Answer) => void>();
  readonly #ended: Promise<void>;
  #noticed = Promise.withResolvers<void>();
  #lastId = 0;

  /** @param command `bun` is the running Bun; paths are relative to the project's root */
  constructor(command: readonly string[]) {
    this.#child = spawnChild({
      command: command.map((part) => (part === 'bun' ? process.execPath : part)),
      folder: process.cwd(),
      environment: { PATH: process.env.PATH ?? '' },
    });
    this.stderr = new Response(this.#child.stderr).text();
    this.#ended = this.#read();
  }

  async request(method: string, params: object): Promise<Answer> {
    const id = ++this.#lastId;
    return this.#exchange(id, JSON.stringify({ jsonrpc: '2.0', id, method, params }));
  }

  /** Sends a line as it is, and waits for an answer without an id. */
  sendLine(line: string): Promise<Answer> {
    return this.#exchange(null, line);
  }

  /** Waits until the job has sent a notification with this method. */
  async noticed(method: string, jobId: string): Promise<void> {
    while (!this.notifications.some((it) => it.method === method && it.params.jobId === jobId)) {
      await this.#noticed.promise;
    }
  }

  /** Closes the child's stdin and waits for it to exit by itself. */
  async finish(): Promise<{ exitCode: number | null; signal: string | null }> {
    await this.#child.closeInput();
    const exit = await this.#child.exited;
    await this.#ended;
    return exit;
  }

  async kill(): Promise<void> {
    this.#child.kill();
    await this.#child.exited;
  }

  async #exchange(id: number | null, line: string): Promise<Answer> {
    const answered = new Promise<Answer>((resolve) => {
      this.#waiting.set(id, resolve);
    });
    await this.#child.write(`${line}\n`);
    return answered;
  }

  async #read(): Promise<void> {
    for await (const line of readLines(this.#child.stdout, messageBytesMax)) this.#receive(line);
  }

  #receive(line: string): void {
    const message = parse(line);
    if (Value.Check(Answer, message)) {
      this.#waiting.get(message.id)?.(message);
    } else if (Value.Check(Notification, message)) {
      this.notifications.push(message);
      this.#noticed.resolve();
      this.#noticed = Promise.withResolvers();
    } else {
      this.strayLines.push(line);
    }
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
