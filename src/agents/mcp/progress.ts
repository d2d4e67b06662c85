import type { JobView } from '../../jobs/job-view.ts';

/** The least that is worth a message: a call sends at most fifty. */
const stepMin = 0.02;

/**
 * Sends a job's progress, as it grows: the protocol wants each message to tell more than the one before.
 * @param send told the part that is done, 0 to 1, and the stage
 */
export function progressSender(send: (progress: number, message: string) => void) {
  let sent = -1;
  return ({ progress: { fraction, stage } }: JobView): void => {
    const grew = fraction >= sent + stepMin || (fraction === 1 && sent < 1);
    if (!grew) return;
    sent = fraction;
    send(fraction, stage);
  };
}
