import type { CallToolResult, ServerContext } from '@modelcontextprotocol/server';
import { Type } from '@sinclair/typebox';
import { fits } from '../../fits.ts';
import type { JobView } from '../../jobs/job-view.ts';
import { describeJob, describeState, jobResult } from './job-result.ts';

/**
 * The Tasks extension (SEP-2663): a tool may answer with a handle that the client polls, which for us is a job.
 * `notifications/tasks` are optional in it, and not sent.
 */
export const tasksExtension = 'io.modelcontextprotocol/tasks';

const Declares = Type.Object({
  'io.modelcontextprotocol/clientCapabilities': Type.Object({
    extensions: Type.Object({ [tasksExtension]: Type.Unknown() }),
  }),
});
const pollMilliseconds = 2000;

/** Whether the client declares the extension on this very request, as the specification wants it. */
export function pollsTasks(context: ServerContext): boolean {
  return fits(Declares, context.mcpReq.envelope);
}

/** A job as what the extension calls a task. */
export function viewTask(job: JobView): Record<string, unknown> {
  return {
    taskId: job.jobId,
    ...stateOf(job),
    createdAt: job.createdAt,
    lastUpdatedAt: job.finishedAt ?? job.startedAt ?? job.createdAt,
    // A job is kept for good; its files, until it says.
    ttlMs: null,
    pollIntervalMs: pollMilliseconds,
  };
}

/** What a tool answers instead of its result. */
export function jobTask(job: JobView): CallToolResult {
  return { content: [], resultType: 'task', ...viewTask(job) };
}

/** A job that failed is a completed task: its result says so. */
function stateOf(job: JobView): Record<string, unknown> {
  if (job.status === 'canceled') return { status: 'cancelled', statusMessage: describeJob(job) };
  if (job.status === 'queued' || job.status === 'running') {
    return { status: 'working', statusMessage: describeState(job) };
  }
  return {
    status: 'completed',
    result: { resultType: 'complete', ...jobResult(job, { isItsAnswer: true }) },
  };
}
