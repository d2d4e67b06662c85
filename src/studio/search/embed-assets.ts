import type { Clock } from '../../clock.ts';
import type { Writer } from '../../db/writer.ts';
import type { Log } from '../../log.ts';
import type { Embedder } from './embedder.ts';
import { embeddedText } from './embedded-text.ts';
import type { SearchStore, WantedEmbedding } from './store.ts';
import { toBytes } from './vectors.ts';

interface EmbedAssetsOptions {
  store: SearchStore;
  embedder: Embedder;
  writer: Writer;
  clock: Clock;
  log: Log;
  /** Default: {@link embeddingPace}. */
  pace?: EmbeddingPace;
}

interface EmbeddingPace {
  /** Between two looks for assets that came or changed, and for a model that came. */
  lookSeconds: number;
  /** After a batch that failed; doubled by each further one. */
  pauseSecondsFirst: number;
  pauseSecondsMax: number;
}

const embeddingPace: EmbeddingPace = { lookSeconds: 1, pauseSecondsFirst: 5, pauseSecondsMax: 60 };

/** Gives every asset its vector, in the background, wherever the model for it is installed. */
export interface EmbedAssets {
  start(): void;
  /** Resolves when nothing is under way; no more begins. */
  stop(): Promise<void>;
}

/** Small, as a search waits for the batch before it. */
const batchMax = 16;
const batchSecondsMax = 120;

export function createEmbedAssets(options: EmbedAssetsOptions): EmbedAssets {
  const { log, pace = embeddingPace } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  let working: Promise<void> | undefined;
  const work = async () => {
    let failures = 0;
    while (!signal.aborted) {
      try {
        const isMore = await embedBatch(options, signal);
        failures = 0;
        if (!isMore) await pause(pace.lookSeconds, signal);
      } catch (error) {
        if (signal.aborted) return;
        const seconds = Math.min(pace.pauseSecondsMax, pace.pauseSecondsFirst * 2 ** failures++);
        log.warn('assets could not be embedded', { error, seconds });
        await pause(seconds, signal);
      }
    }
  };
  return {
    start: () => void (working ??= work()),
    async stop() {
      stopping.abort();
      await working;
    },
  };
}

/** @returns whether there may be more at once */
async function embedBatch(options: EmbedAssetsOptions, stopped: AbortSignal): Promise<boolean> {
  const { store, embedder, writer, clock } = options;
  const model = embedder.model();
  if (model === null) return false;
  const wanted = store.wanted(model, batchMax);
  const untried = wanted.filter(({ attempts }) => attempts === 0);
  // One that failed with others is tried by itself: it may have been the others' fault, or all of it its own.
  const batch =
    untried.length > 0 ? untried : wanted.toSorted((one, other) => one.attempts - other.attempts).slice(0, 1);
  if (batch.length === 0) return false;
  const vectors = await embed(options, batch, stopped);
  await writer.write(() => {
    for (const [place, asset] of batch.entries()) {
      const { sequence } = asset;
      const textSha256 = hashOf(asset);
      const now = store.wantedOf(sequence);
      // Deleted or changed meanwhile: what was embedded is of no use.
      if (!now || hashOf(now) !== textSha256) continue;
      const vector = toBytes(vectors[place] ?? []);
      store.save({ sequence, model, textSha256, vector, createdAt: clock() });
    }
  });
  return true;
}

async function embed(
  { embedder, store, writer }: EmbedAssetsOptions,
  batch: readonly WantedEmbedding[],
  stopped: AbortSignal,
): Promise<number[][]> {
  try {
    const either = AbortSignal.any([stopped, AbortSignal.timeout(batchSecondsMax * 1000)]);
    return await embedder.embed(batch.map(embeddedText), either);
  } catch (error) {
    stopped.throwIfAborted();
    await writer.write(() => store.countFailure(batch.map(({ sequence }) => sequence)));
    throw error;
  }
}

function hashOf(asset: WantedEmbedding): string {
  return new Bun.CryptoHasher('sha256').update(embeddedText(asset)).digest('hex');
}

async function pause(seconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, seconds * 1000);
    signal.addEventListener('abort', end);
  });
}
