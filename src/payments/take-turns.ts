/**
 * Runs work on one thing one after another, and on different things at once: what asks a provider and then writes down
 * the answer must not be overtaken by an older answer.
 */
export function createTurns(): <T>(name: string, work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return async (name, work) => {
    const turn = (last.get(name) ?? Promise.resolve()).then(work);
    // Whoever comes next waits for the end, whatever it is; the caller learns of it.
    const ended = turn.catch(() => {});
    last.set(name, ended);
    try {
      return await turn;
    } finally {
      if (last.get(name) === ended) last.delete(name);
    }
  };
}
