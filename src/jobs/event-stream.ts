import { TooManyRequests } from '../errors.ts';
import type { LiveJobs } from './live-jobs.ts';

/** Streams open at once; beyond it, clients poll. */
const watchersMax = 1000;
const heartbeatMs = 5_000;
/** A job's progress may change far more often than anyone can look. */
const pauseMs = 100;

interface Snapshot {
  isTerminal: boolean;
  view: object;
}

/**
 * A job as server-sent events: `state` with the whole job now and whenever it changes, a comment as heartbeat,
 * and the end of the stream with the terminal state. Every event is complete, so a client that resumes needs
 * no history: where its `Last-Event-ID` is the current state it is sent nothing until the next change.
 * @throws TooManyRequests
 */
export function jobEvents(options: {
  jobId: string;
  live: LiveJobs;
  snapshot: () => Snapshot;
  lastEventId: string | null;
}): Response {
  const { jobId, live } = options;
  if (live.watcherCount() >= watchersMax) {
    throw new TooManyRequests('Too many event streams are open; poll instead.', 10, 'too_many_streams');
  }
  return new Response(eventStream({ ...options, jobId }), {
    headers: {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    },
  });
}

function eventStream(options: Parameters<typeof jobEvents>[0]): ReadableStream<string> {
  const { jobId, live, snapshot } = options;
  let lastId = options.lastEventId;
  let pending: ReturnType<typeof setTimeout> | undefined;
  let release = () => {};

  return new ReadableStream<string>({
    start(controller) {
      const send = () => {
        pending = undefined;
        const { isTerminal, view } = snapshot();
        const data = JSON.stringify(view);
        const id = Bun.hash(data).toString(36);
        if (id !== lastId) controller.enqueue(`id: ${id}\nevent: state\ndata: ${data}\n\n`);
        lastId = id;
        if (!isTerminal) return;
        release();
        controller.close();
      };
      const unwatch = live.watch(jobId, () => (pending ??= setTimeout(send, pauseMs)));
      const heartbeat = setInterval(() => {
        controller.enqueue(': still here\n\n');
        pending ??= setTimeout(send, 0);
      }, heartbeatMs);
      release = () => {
        unwatch();
        clearInterval(heartbeat);
        clearTimeout(pending);
      };
      send();
    },
    cancel: () => release(),
  });
}
