import { settlesWithin } from '../../runners/deadline.ts';
import type { Log } from '../../log.ts';
import type { Embedder } from './embedder.ts';

/** What was searched for as a direction, of the model that it is of. */
export interface QueryDirection {
  model: string;
  direction: Float32Array;
}

/** Queries as directions, as far as the model answers in time. */
export interface EmbedQuery {
  /** Null where the model is not installed, fails, or takes longer than `waitSeconds`. */
  embed(query: string, waitSeconds: number): Promise<QueryDirection | null>;
  stop(): void;
}

/** Waiting for the model at once; with more, nobody gets an answer in time. */
const waitingMax = 8;
/** A model that starts meanwhile answers the next search for the same at once. */
const answerSecondsMax = 30;
const keptMax = 200;

export function createEmbedQuery({ embedder, log }: { embedder: Embedder; log: Log }): EmbedQuery {
  const stopping = new AbortController();
  /** By model and query, the last used at the end. */
  const kept = new Map<string, Promise<QueryDirection | null>>();
  let waiting = 0;

  const ask = async (model: string, query: string): Promise<QueryDirection | null> => {
    waiting++;
    try {
      const late = AbortSignal.timeout(answerSecondsMax * 1000);
      const [vector = []] = await embedder.embed([query], AbortSignal.any([stopping.signal, late]));
      return { model, direction: Float32Array.from(vector) };
    } catch (error) {
      if (!stopping.signal.aborted) log.warn('a search went by words only', { error });
      return null;
    } finally {
      waiting--;
    }
  };
  const find = (model: string, query: string): Promise<QueryDirection | null> => {
    const key = JSON.stringify([model, query]);
    const known = kept.get(key);
    kept.delete(key);
    if (!known && waiting >= waitingMax) return Promise.resolve(null);
    const answer = known ?? ask(model, query);
    kept.set(key, answer);
    const [oldest] = kept.keys();
    if (kept.size > keptMax && oldest !== undefined) kept.delete(oldest);
    // A failure is not remembered.
    if (!known) void answer.then((found) => found ?? kept.delete(key));
    return answer;
  };
  return {
    async embed(query, waitSeconds) {
      const model = embedder.model();
      if (model === null || stopping.signal.aborted) return null;
      const answer = find(model, query);
      return (await settlesWithin(answer, waitSeconds)) ? answer : null;
    },
    stop: () => stopping.abort(),
  };
}
