import { brokenOff, refusal } from './answer.ts';
import { authorization, type Connection } from './client.ts';
import { Failure } from './failure.ts';

export interface ServerEvent {
  id: string | undefined;
  data: string;
}

/** The appliance sends something every 5 s; a connection on which nothing comes for this long is dead. */
const silenceMs = 20_000;

/**
 * A job's server-sent events, from the one after `lastEventId` on. Not by Eden, which reads a numeric id as a number and
 * leaves a stream open that is left early.
 * @throws Failure it is refused; Unreachable it breaks off or falls silent; the signal's reason
 */
export async function* jobEvents(
  { url, apiKey }: Connection,
  options: { jobId: string; lastEventId: string | undefined; signal: AbortSignal },
): AsyncGenerator<ServerEvent> {
  const { jobId, lastEventId, signal } = options;
  const silence = new AbortController();
  const fallSilent = () => silence.abort(new Error('nothing came for a while.'));
  let timer = setTimeout(fallSilent, silenceMs);
  try {
    const response = await fetch(`${url}/api/v1/media/jobs/events?jobId=${encodeURIComponent(jobId)}`, {
      headers: {
        ...authorization(apiKey),
        ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
      },
      redirect: 'manual',
      signal: AbortSignal.any([signal, silence.signal]),
    });
    if (!response.ok || !response.body) throw await refusedStream(response);
    let unread = '';
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      clearTimeout(timer);
      timer = setTimeout(fallSilent, silenceMs);
      const blocks = (unread + chunk).split(/\r?\n\r?\n/);
      unread = blocks.pop() ?? '';
      for (const block of blocks) {
        const event = readEvent(block);
        if (event) yield event;
      }
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof Failure ? error : brokenOff(error);
  } finally {
    clearTimeout(timer);
    silence.abort();
  }
}

async function refusedStream(response: Response): Promise<Failure> {
  const text = await response.text();
  let body: unknown = text;
  try {
    body = JSON.parse(text);
  } catch {
    // Something in between answered; its text is no use to anyone.
  }
  return refusal(response.status, body, response);
}

/** The event of a block of lines; null for a comment. */
function readEvent(block: string): ServerEvent | null {
  const lines = block.split(/\r?\n/);
  const valuesOf = (field: string) =>
    lines.filter((line) => line.startsWith(`${field}:`)).map((line) => line.slice(field.length + 1).trim());
  const data = valuesOf('data');
  return data.length === 0 ? null : { id: valuesOf('id').at(-1), data: data.join('\n') };
}
