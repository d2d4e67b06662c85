import { pngFile } from './png-file.ts';
import { fakeJob } from './test-appliance.ts';

/** Each has a way of its own through the appliance: files staged or not, an end that pays back or not. */
export type CrashJobKind = 'plain' | 'withPicture' | 'failing' | 'canceledWaiting' | 'canceledRunning';

const kinds: readonly CrashJobKind[] = [
  ...(['plain', 'withPicture', 'failing', 'canceledWaiting'] as const),
  ...(['plain', 'withPicture', 'plain', 'canceledRunning'] as const),
];
const picture = {
  dataBase64: pngFile({ width: 16, height: 16 }).toString('base64'),
  mimeType: 'image/png',
};

/** A job that a client was told of. */
export interface AcknowledgedJob {
  jobId: string;
  kind: CrashJobKind;
  /** What the answer to its cancel was: 200, or 409; undefined where there was none. */
  cancelStatus?: number;
}

/** All kinds, one after the other. */
export function kindOf(submitNumber: number): CrashJobKind {
  return kinds[submitNumber % kinds.length] ?? 'plain';
}

/** The body of a submit. */
export function crashJob(kind: CrashJobKind, webhookUrl: string): Record<string, unknown> {
  return { ...jobOf(kind), webhookUrl };
}

function jobOf(kind: CrashJobKind): Record<string, unknown> {
  switch (kind) {
    case 'plain':
      return fakeJob({ milliseconds: 5 });
    case 'withPicture':
      return fakeJob({ milliseconds: 5 }, { referenceImages: [picture] });
    case 'failing':
      return fakeJob({ milliseconds: 5, ending: 'invalid_input' });
    case 'canceledWaiting':
    case 'canceledRunning':
      return fakeJob({ milliseconds: 200 });
  }
}

/** Its client cancels it: at once, or when it runs. */
export function isCanceled(kind: CrashJobKind): boolean {
  return kind === 'canceledWaiting' || kind === 'canceledRunning';
}

/** Whether a job may have ended like this, after what its client was told. */
export function mayHaveEnded({ kind, cancelStatus }: AcknowledgedJob, status: string): boolean {
  if (kind === 'failing') return status === 'failed';
  if (!isCanceled(kind)) return status === 'succeeded';
  // A cancel that was answered holds; one that came too late, or nobody heard of, decides nothing.
  return cancelStatus === 200 ? status === 'canceled' : ['canceled', 'succeeded'].includes(status);
}
