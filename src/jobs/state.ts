/**
 * The states of a job. The database refuses any other, and any change of a terminal one.
 *
 * - `queued`: paid for and waiting. Set by submit, by recovery at start, and by a failed attempt that is tried again.
 * - `running`: its runner works on it. Set just before the runner is asked.
 * - `succeeded`: its outputs are on disk under their final names. Stays paid.
 * - `failed`: no attempt worked, or none could. Refunded.
 * - `canceled`: its owner took it back before it was done. Refunded.
 */
export const jobStatuses = ['queued', 'running', 'succeeded', 'failed', 'canceled'] as const;
export type JobStatus = (typeof jobStatuses)[number];
export type TerminalStatus = 'succeeded' | 'failed' | 'canceled';

export function isTerminal(status: JobStatus): status is TerminalStatus {
  switch (status) {
    case 'queued':
    case 'running':
      return false;
    case 'succeeded':
    case 'failed':
    case 'canceled':
      return true;
  }
}
