/**
 * Calls `work` on each item, `limit` at a time, and answers in the items' order. The first failure aborts the signal
 * that the others were given, and is thrown when all have come to their end.
 * @param options.signal aborts them all
 */
export async function atOnce<Item, Result>(
  items: readonly Item[],
  options: { limit: number; signal: AbortSignal },
  work: (item: Item, index: number, signal: AbortSignal) => Promise<Result>,
): Promise<Result[]> {
  const siblings = new AbortController();
  const signal = AbortSignal.any([options.signal, siblings.signal]);
  const results: Result[] = [];
  const waiting = items.entries();
  const worker = async () => {
    for (const [index, item] of waiting) {
      if (signal.aborted) return;
      results[index] = await work(item, index, signal);
    }
  };
  const failures: unknown[] = [];
  const workers = Array.from({ length: options.limit }, () =>
    worker().catch((error: unknown) => {
      failures.push(error);
      siblings.abort();
    }),
  );
  await Promise.all(workers);
  if (failures.length > 0) throw failures[0];
  options.signal.throwIfAborted();
  return results;
}
