/** Milliseconds since the epoch. Injected everywhere, so that tests decide what time it is. */
export type Clock = () => number;

export const hourMs = 3_600_000;

/** Epoch milliseconds as the API writes times; null stays null. */
export function isoTime(at: number): string;
export function isoTime(at: number | null): string | null;
export function isoTime(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

/** What the machine believes the time is. Whoever sets it may make it jump, in both directions. */
export const systemClock: Clock = () => Date.now();

/** Milliseconds that have really passed, from an arbitrary moment on: nobody can set it. */
export const monotonicClock: Clock = () => performance.now();

/**
 * For waits and ages within one life of the process: begins at the time of day, and then only goes on as time
 * really passes. Never written down: the next life begins it anew.
 */
export function createSteadyClock(clock: Clock, monotonic: Clock): Clock {
  const offset = clock() - monotonic();
  return () => offset + monotonic();
}

/** Further apart than this between two readings, the clock was set; what is less is drift. */
const jumpMsMin = 60_000;

/**
 * For deletions: the time of day, but a jump forward is followed only after `holdMs` have really passed since.
 * What was made before the jump is therefore kept for at least `holdMs`, however wrong the one or the other
 * time was. A jump back is followed at once: it only makes things younger.
 */
export function createRetentionClock(options: { clock: Clock; monotonic: Clock; holdMs: number }): Clock {
  const { clock, monotonic, holdMs } = options;
  let last = { time: clock(), passed: monotonic() };
  let held: { ms: number; until: number }[] = [];
  return () => {
    const now = { time: clock(), passed: monotonic() };
    const jumpMs = now.time - last.time - (now.passed - last.passed);
    last = now;
    if (jumpMs >= jumpMsMin) held.push({ ms: jumpMs, until: now.passed + holdMs });
    if (jumpMs <= -jumpMsMin) held = takeBack(held, -jumpMs);
    held = held.filter(({ until }) => until > now.passed);
    return now.time - held.reduce((sum, { ms }) => sum + ms, 0);
  };
}

/** A clock that is set back undoes the jumps that came last. */
function takeBack(held: readonly { ms: number; until: number }[], ms: number) {
  const left = [];
  let rest = ms;
  for (const jump of held.toReversed()) {
    const undone = Math.min(jump.ms, rest);
    rest -= undone;
    if (jump.ms > undone) left.unshift({ ...jump, ms: jump.ms - undone });
  }
  return left;
}
