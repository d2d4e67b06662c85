const secondsBetweenReports = 0.3;

/**
 * Waits for `work`, calling `report` a few times a second meanwhile. What `report` throws (a cancel) ends the
 * waiting, after `work` has come to its own end.
 */
export async function reportWhile<T>(work: Promise<T>, report: () => Promise<void>): Promise<T> {
  const ended = work.then(
    () => true,
    () => true,
  );
  for (;;) {
    const isDone = await Promise.race([ended, Bun.sleep(secondsBetweenReports * 1000).then(() => false)]);
    if (isDone) return work;
    try {
      await report();
    } catch (error) {
      await ended;
      throw error;
    }
  }
}
