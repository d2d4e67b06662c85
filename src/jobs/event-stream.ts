import { TooManyRequests } from '../errors.ts';
import { createPlaces } from './places.ts';

/** Streams open at once; beyond it, clients poll. */
const streamsMax = 1000;
const retrySeconds = 10;
const heartbeatMs = 5_000;
/** A client that takes nothing for this many heartbeats is gone, or might as well be. */
const missedHeartbeatsMax = 12;
/** A job's progress may change far more often than anyone can look. */
const pauseMs = 100;

interface Snapshot {
  isTerminal: boolean;
  view: object;
}

interface EventStreamOptions {
  accountId: string;
  /** Calls `onChange` after every change of what is shown. @returns a function that ends it */
  watch: (onChange: () => void) => () => void;
  snapshot: () => Snapshot;
  lastEventId: string | null;
}

/** The streams that are open, of which no account may take all. */
export interface EventStreams {
  /** @throws TooManyRequests */
  open(options: EventStreamOptions): Response;
}

export function createEventStreams({ perAccountMax }: { perAccountMax: number }): EventStreams {
  const places = createPlaces();
  return {
    open(options) {
      if (places.of(options.accountId) >= perAccountMax) {
        const message = `This account has ${perAccountMax} event streams open, the most it may have; poll instead.`;
        throw new TooManyRequests(message, retrySeconds, 'account_streams_full');
      }
      if (places.total >= streamsMax) {
        const message = 'Too many event streams are open; poll instead.';
        throw new TooManyRequests(message, retrySeconds, 'too_many_streams');
      }
      return stateEvents({ ...options, onClose: places.take(options.accountId) });
    },
  };
}

type StateEventsOptions = EventStreamOptions & { onClose: () => void };

/**
 * A job or a request of Studio as server-sent events: `state` with all of it now and whenever it changes, a comment as heartbeat,
 * and the end of the stream with the terminal state. Every event is complete, so a client that resumes needs
 * no history: where its `Last-Event-ID` is the current state it is sent nothing until the next change. One that
 * reads slowly misses what lies between, and gets the state as it is when it can take it.
 */
function stateEvents(options: StateEventsOptions): Response {
  return new Response(new ReadableStream<string>(new StateEvents(options)), {
    headers: {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    },
  });
}

/** What the stream is filled from, see ReadableStream in the Streams standard. */
class StateEvents {
  #lastId: string | null;
  #isOverdue = false;
  #missedHeartbeats = 0;
  #sentAt = 0;
  #pending: ReturnType<typeof setTimeout> | undefined;
  #heartbeat: ReturnType<typeof setInterval> | undefined;
  #unwatch = () => {};

  constructor(readonly options: StateEventsOptions) {
    this.#lastId = options.lastEventId;
  }

  start(controller: ReadableStreamDefaultController<string>): void {
    this.#unwatch = this.options.watch(() => this.#sendSoon(controller));
    this.#heartbeat = setInterval(() => this.#beat(controller), heartbeatMs);
    try {
      this.#send(controller);
    } catch (error) {
      this.#release();
      throw error;
    }
  }

  /** The client has taken everything. */
  pull(controller: ReadableStreamDefaultController<string>): void {
    this.#missedHeartbeats = 0;
    if (this.#isOverdue) this.#send(controller);
  }

  cancel(): void {
    this.#release();
  }

  /** At once after a pause, else when the pause is over. */
  #sendSoon(controller: ReadableStreamDefaultController<string>): void {
    const waitMs = Math.max(0, this.#sentAt + pauseMs - performance.now());
    this.#pending ??= setTimeout(() => {
      try {
        this.#send(controller);
      } catch (error) {
        // A timer has no caller: what it throws would end the process instead of the stream.
        this.#release();
        controller.error(error);
      }
    }, waitMs);
  }

  /** Sends the job as it is now, or remembers to as soon as the client takes something. */
  #send(controller: ReadableStreamDefaultController<string>): void {
    clearTimeout(this.#pending);
    this.#pending = undefined;
    this.#sentAt = performance.now();
    this.#isOverdue = (controller.desiredSize ?? 0) <= 0;
    if (this.#isOverdue) return;
    const { isTerminal, view } = this.options.snapshot();
    const data = JSON.stringify(view);
    const id = Bun.hash(data).toString(36);
    if (id !== this.#lastId) controller.enqueue(`id: ${id}\nevent: state\ndata: ${data}\n\n`);
    this.#lastId = id;
    if (!isTerminal) return;
    this.#release();
    controller.close();
  }

  /** Also looks at the job again: its place in the queue changes without a word. */
  #beat(controller: ReadableStreamDefaultController<string>): void {
    if ((controller.desiredSize ?? 0) > 0) {
      controller.enqueue(': still here\n\n');
      this.#sendSoon(controller);
    } else if (++this.#missedHeartbeats >= missedHeartbeatsMax) {
      this.#release();
      controller.error(new Error('The client takes nothing.'));
    }
  }

  #release(): void {
    this.options.onClose();
    this.#unwatch();
    clearInterval(this.#heartbeat);
    clearTimeout(this.#pending);
  }
}
