import type { Amounts } from './amounts.ts';
import { type Draft, note } from './draft.ts';
import { fieldOf, nearest, takesChoice } from './limits.ts';
import { findTask } from '../../../tasks/registry.ts';

/** The fields that a wish's amounts decide in the same way for every task that has them. */
export function outputFields(
  draft: Draft,
  task: string,
  { amounts, index = 0 }: { amounts: Amounts; index?: number },
): Record<string, unknown> {
  const { format, kbps, seed, durationSeconds, isHighDetail } = amounts;
  const has = (field: string) => findTask(task)?.inputSchema.properties[field] !== undefined;
  return {
    ...(format !== undefined && takesChoice(task, 'outputFormat', format) ? { outputFormat: format } : {}),
    ...(kbps !== undefined && has('quality') ? { quality: `${Math.min(320, Math.max(64, kbps))}k` } : {}),
    ...(isHighDetail && has('highDetail') ? { highDetail: true } : {}),
    // Of several, each has its own: the same seed would make the same file again.
    ...(seed === undefined ? {} : { seed: nearest(task, 'seed', seed + index) }),
    ...(durationSeconds !== undefined && has('durationSeconds')
      ? { durationSeconds: withinLimits(draft, task, durationSeconds) }
      : {}),
  };
}

/** A length that the task makes, and a note where it isn't the one asked for. */
export function withinLimits(draft: Draft, task: string, seconds: number): number {
  const possible = nearest(task, 'durationSeconds', seconds);
  if (possible !== seconds) {
    const { minimum, maximum } = fieldOf(task, 'durationSeconds');
    const name = findTask(task)?.title ?? task;
    note(draft, `${name}: ${minimum} to ${maximum} s are possible, so ${seconds} s become ${possible} s.`);
  }
  return possible;
}
