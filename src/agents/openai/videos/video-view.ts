import { Type } from '@sinclair/typebox';
import { fits } from '../../../fits.ts';
import type { JobStatus } from '../../../jobs/state.ts';
import type { VideoJob } from './find-video.ts';
import type { VideoView } from './model.ts';

/** What is told of a video job's effective input. */
const ShownInput = Type.Object({
  prompt: Type.String(),
  width: Type.Integer(),
  height: Type.Integer(),
  outputFrames: Type.Integer(),
  outputFps: Type.Number(),
});

const statuses: Record<JobStatus, VideoView['status']> = {
  queued: 'queued',
  running: 'in_progress',
  succeeded: 'completed',
  failed: 'failed',
  canceled: 'failed',
};

/** A job as OpenAI shows a video. */
export function viewVideo(job: VideoJob): VideoView {
  const { effectiveInput: input, status, finishedAt, expiresAt } = job;
  if (!fits(ShownInput, input)) throw new Error(`The job ${job.jobId} has no video's input.`);
  const canceled = status === 'canceled' ? { code: 'canceled', message: 'The video was canceled.' } : null;
  return {
    id: job.jobId,
    object: 'video',
    status: statuses[status],
    progress: Math.floor(job.progress.fraction * 100),
    model: job.model,
    prompt: input.prompt,
    seconds: String(Math.round((input.outputFrames / input.outputFps) * 1000) / 1000),
    size: `${input.width}x${input.height}`,
    created_at: unixSeconds(job.createdAt) ?? 0,
    completed_at: status === 'succeeded' ? unixSeconds(finishedAt) : null,
    expires_at: unixSeconds(expiresAt),
    error: job.error ?? canceled,
    remixed_from_video_id: null,
    draft: job.draft,
    amount_usd: job.billing.refunded ? 0 : job.billing.amountUsd,
  };
}

function unixSeconds(time: string | null): number | null {
  return time === null ? null : Math.floor(Date.parse(time) / 1000);
}
