import { Malformed, NotFound } from '../../../errors.ts';
import type { Caller } from '../../../identity/authenticate.ts';
import type { JobDesk } from '../../../jobs/desk.ts';
import type { OpenAiParts } from '../parts.ts';
import { videoTask } from './video-job.ts';

export type VideoJob = ReturnType<JobDesk['details']>;

interface OneVideo {
  id: string;
  origin: string;
}

/** One of the caller's videos. A deleted one has its job on record, and is unknown here. @throws NotFound */
export function findVideo(
  { desk }: Pick<OpenAiParts, 'desk'>,
  caller: Caller,
  { id, origin }: OneVideo,
): VideoJob {
  const job = desk.details(caller, { jobId: id, origin });
  if (job.task !== videoTask || job.filesRemovedAt !== null) throw new NotFound(`The video ${id}`);
  return job;
}

const pageJobs = 100;

/** The caller's videos, newest first. @throws Malformed `after` is none of them */
export function listVideos(
  { desk, parts }: Pick<OpenAiParts, 'desk' | 'parts'>,
  caller: Caller,
  request: { limit: number; after: string | undefined; origin: string },
): { videos: VideoJob[]; hasMore: boolean } {
  const { limit, after, origin } = request;
  const videos: VideoJob[] = [];
  let cursor = after === undefined ? undefined : cursorOf(parts, caller, after);
  for (;;) {
    const page = desk.list(caller, { filter: { task: videoTask }, limit: pageJobs, cursor, origin });
    for (const { jobId, filesRemovedAt } of page.jobs) {
      if (filesRemovedAt !== null) continue;
      if (videos.length === limit) return { videos, hasMore: true };
      videos.push(desk.details(caller, { jobId, origin }));
    }
    if (page.nextCursor === null) return { videos, hasMore: false };
    cursor = page.nextCursor;
  }
}

function cursorOf({ store }: OpenAiParts['parts'], { accountId }: Caller, id: string): string {
  const job = store.find(id);
  if (job?.accountId !== accountId) throw new Malformed('`after` is not a video of yours.', 'bad_cursor');
  return String(job.sequence);
}
