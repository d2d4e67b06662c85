/** Failures after which the provider is taken to be down. */
const failuresMax = 5;

/**
 * Does work on one thing after another, of which some may fail: one that can't be dealt with holds up no other.
 * @throws AggregateError at the end where some failed, and at once where {@link failuresMax} have
 */
export async function tryEach<Thing>(
  things: Iterable<Thing> | AsyncIterable<Thing>,
  work: (thing: Thing) => Promise<unknown>,
): Promise<void> {
  const failures: unknown[] = [];
  for await (const thing of things) {
    await work(thing).catch((error: unknown) => failures.push(error));
    if (failures.length === failuresMax) break;
  }
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} could not be dealt with.`);
}
