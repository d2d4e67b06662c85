/** Waits for an event that nothing announces. */
export async function until(isTrue: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1000; tries++) {
    if (isTrue()) return;
    await Bun.sleep(5);
  }
  throw new Error('It did not happen.');
}
