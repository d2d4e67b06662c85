import type { Subprocess } from 'bun';
import { endingWithParent, lowerPriority } from './background-process.ts';

/** ffmpeg or ffprobe ended with an error; `stderr` holds the end of what it printed. */
export class MediaToolError extends Error {
  constructor(
    readonly tool: string,
    readonly exitCode: number | null,
    readonly stderr: string,
  ) {
    super(`${tool} failed (exit ${exitCode ?? 'by signal'}): ${stderr.trim().split('\n').at(-1) ?? ''}`);
    this.name = 'MediaToolError';
  }
}

export interface MediaToolOptions {
  /** Ends the program when it fires. */
  signal?: AbortSignal;
  /** Ends the program after this long. */
  timeoutSeconds?: number;
  stdin?: Uint8Array | ReadableStream<Uint8Array>;
  /**
   * Writes stdin piece by piece. `write` resolves when the program has taken the piece, whose memory may then be
   * used again. What it throws ends the program and is thrown on.
   */
  feed?: (write: (piece: Uint8Array) => Promise<void>) => Promise<void>;
  /** ffmpeg alone: told a few times a second how many video frames are written; stdout then answers nothing. */
  onFrame?: (frames: number) => void;
}

/**
 * Options that stand before every input: only local files may be opened, whatever a container says, so that
 * a playlist disguised as a video can't reach the network.
 */
export const localInputOnly = ['-protocol_whitelist', 'file,pipe'] as const;

/**
 * Runs ffmpeg with an argument array (never a shell) and answers what it wrote to stdout.
 * `-hide_banner -nostdin -loglevel error -y` are given already; inputs want {@link localInputOnly} before `-i`.
 * It runs in the background's priority, and ends when this process does, however that ends.
 * @throws MediaToolError when it exits with an error, is aborted or takes too long.
 */
export async function ffmpeg(args: readonly string[], options: MediaToolOptions = {}): Promise<Uint8Array> {
  const base = [
    '-hide_banner',
    '-loglevel',
    'error',
    '-y',
    ...(options.stdin || options.feed ? [] : ['-nostdin']),
  ];
  const reporting = options.onFrame ? ['-progress', 'pipe:1', '-stats_period', '0.25'] : [];
  return runMediaTool('ffmpeg', [...base, ...reporting, ...args], options);
}

/** Runs ffprobe and answers its stdout. @throws MediaToolError */
export async function ffprobe(args: readonly string[], options: MediaToolOptions = {}): Promise<Uint8Array> {
  return runMediaTool('ffprobe', ['-hide_banner', '-loglevel', 'error', ...args], options);
}

const stderrCharactersKept = 4000;

async function runMediaTool(
  tool: string,
  args: readonly string[],
  options: MediaToolOptions,
): Promise<Uint8Array> {
  const child = Bun.spawn(endingWithParent([tool, ...args]), {
    stdin: options.feed ? 'pipe' : (options.stdin ?? 'ignore'),
    stdout: 'pipe',
    stderr: 'pipe',
    killSignal: 'SIGKILL',
    ...(options.signal ? { signal: options.signal } : {}),
    ...(options.timeoutSeconds ? { timeout: options.timeoutSeconds * 1000 } : {}),
  });
  lowerPriority(child.pid);
  const [stdout, stderr, exitCode, feedFailure] = await Promise.all([
    options.onFrame ? readFrameReports(child.stdout, options.onFrame) : new Response(child.stdout).bytes(),
    new Response(child.stderr).text(),
    child.exited,
    options.feed ? feedStdin(child, options.feed) : null,
  ]);
  if (feedFailure && !(feedFailure instanceof InputClosed)) throw feedFailure;
  if (exitCode !== 0 || child.signalCode || feedFailure) {
    throw new MediaToolError(tool, child.signalCode ? null : exitCode, stderr.slice(-stderrCharactersKept));
  }
  return stdout;
}

/** The program ended before it had read all of its input. */
class InputClosed extends Error {}

/** Runs `feed` on the child's stdin and answers what it failed with, after ending the child; null when all is written. */
async function feedStdin(
  child: Subprocess,
  feed: NonNullable<MediaToolOptions['feed']>,
): Promise<Error | null> {
  const { stdin } = child;
  if (stdin === undefined || typeof stdin === 'number')
    throw new TypeError('The child has no stdin to feed.');
  const write = async (piece: Uint8Array) => {
    try {
      const taken = Promise.all([stdin.write(piece), stdin.flush()]);
      await Promise.race([taken, child.exited]);
    } catch (cause) {
      throw new InputClosed('The program closed its input.', { cause });
    }
    if (child.killed || child.exitCode !== null) throw new InputClosed('The program ended before its input.');
  };
  try {
    await feed(write);
    await stdin.end();
    return null;
  } catch (error) {
    child.kill('SIGKILL');
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Reads what `-progress` writes: lines of `key=value`, among them `frame=<written so far>`. */
async function readFrameReports(
  stdout: ReadableStream<Uint8Array>,
  onFrame: (frames: number) => void,
): Promise<Uint8Array> {
  for await (const chunk of stdout.pipeThrough(new TextDecoderStream())) {
    for (const [, frames] of chunk.matchAll(/^frame=(\d+)$/gm)) onFrame(Number(frames));
  }
  return new Uint8Array(0);
}
