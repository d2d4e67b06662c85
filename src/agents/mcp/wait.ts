import { Type } from '@sinclair/typebox';
import type { JobView } from '../../jobs/job-view.ts';
import { inlineImages } from './output-files.ts';
import type { McpParts } from './parts.ts';
import { jobResult } from './job-result.ts';
import { jobTask } from './tasks-extension.ts';
import { isTerminal } from '../../jobs/state.ts';
import type { ToolCall } from './tool.ts';

/** Clients give up on a request after 60 seconds, unless they are set to wait longer. */
const waitSecondsMax = 55;
const waitSecondsDefault = 25;
/** For a client that polls by itself, only a job that is done at once is worth waiting for. */
const pollingClientSecondsMax = 1;

/** Arguments of every tool that waits for a job. */
export const waitFields = {
  wait: Type.Optional(
    Type.Number({
      minimum: 0,
      maximum: waitSecondsMax,
      default: waitSecondsDefault,
      description: 'Seconds to wait for the result; then the job goes on.',
    }),
  ),
  inline: Type.Optional(Type.Boolean({ default: false, description: 'Sends small pictures too.' })),
};

/** Waits for a job as long as the call allows, and tells how it stands then. Ends of waiting leave the job alone. */
export async function waitForJob(
  { desk, parts }: Pick<McpParts, 'desk' | 'parts'>,
  call: ToolCall,
  { jobId, wait = waitSecondsDefault, inline = false }: { jobId: string; wait?: number; inline?: boolean },
) {
  const seconds = call.pollsTasks ? Math.min(wait, pollingClientSecondsMax) : wait;
  const job: JobView = await desk.wait(call.caller, {
    ...{ jobId, seconds, origin: call.origin, signal: call.signal },
    ...(call.onProgress === undefined ? {} : { onChange: call.onProgress }),
  });
  if (call.pollsTasks && !isTerminal(job.status)) return jobTask(job);
  const result = jobResult(job, { isItsAnswer: true });
  if (!inline) return result;
  return { ...result, content: [...result.content, ...(await inlineImages(parts.rules, job))] };
}
