import { Conflict } from '../../../errors.ts';
import type { Caller } from '../../../identity/authenticate.ts';
import { isTerminal } from '../../../jobs/state.ts';
import type { OpenAiParts } from '../parts.ts';
import { findVideo } from './find-video.ts';

/**
 * Deletes a video's files; one that is not done is canceled first and refunded. Its job stays on record.
 * @throws NotFound; Conflict `job_busy`
 */
export async function deleteVideo(
  { desk, parts }: Pick<OpenAiParts, 'desk' | 'parts'>,
  caller: Caller,
  { id, origin }: { id: string; origin: string },
): Promise<void> {
  const { status } = findVideo({ desk }, caller, { id, origin });
  if (!isTerminal(status)) await cancel({ desk }, caller, { id, origin });
  // A crash in between leaves a video without files, which can be deleted again.
  await parts.cleanUp.removeJob(id);
  await parts.writer.write(() => void parts.store.markFilesRemoved(id, parts.clock()));
}

async function cancel(
  { desk }: Pick<OpenAiParts, 'desk'>,
  caller: Caller,
  { id, origin }: { id: string; origin: string },
): Promise<void> {
  try {
    await desk.cancel(caller, { jobId: id, origin });
  } catch (error) {
    // It was done just now, and is deleted all the same.
    if (!(error instanceof Conflict) || error.code !== 'job_finished') throw error;
  }
}
