import type { ModelState, SchedulerRules } from './model.ts';

/** What it is worth to keep a model where it is: the seconds that its return would take × how likely it is soon wanted. */

/** The next use counts as soon within this time. */
const soonSeconds = 60;

/**
 * How likely a model is wanted soon, 0..1: 1 while jobs wait for it, else by how often it is used. One that has been
 * idle for longer than is usual for it is used as seldom as that tells.
 */
export function chanceOfUse(model: ModelState, isWanted: boolean, now: number): number {
  if (isWanted) return 1;
  const idleSeconds = Math.max(0, now - model.lastUsedAt) / 1000;
  const everySeconds = Math.max(model.gpu?.usedEverySeconds ?? 0, idleSeconds);
  return soonSeconds / (soonSeconds + everySeconds);
}

/** Seconds until a model that is off its GPU would be back, from where it is now. */
export function bringSeconds({ state, startSeconds, gpu }: ModelState): number {
  return gpu && (state === 'parked' || state === 'parking') ? gpu.wakeSeconds : startSeconds;
}

/** Whether there could be room for it in the host's memory. */
export function isParkable({ gpu }: ModelState, { parkedBytesMax }: SchedulerRules): boolean {
  return gpu !== undefined && gpu.hostBytes > 0 && gpu.hostBytes <= parkedBytesMax;
}

/** Seconds until a model that is on its GPU would be back, once it was taken off. */
export function returnSeconds(model: ModelState, rules: SchedulerRules): number {
  return model.gpu && isParkable(model, rules) ? model.gpu.wakeSeconds : model.startSeconds;
}
