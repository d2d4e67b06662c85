import { type Static, Type } from '@sinclair/typebox';
import type { CallToolResult } from '@modelcontextprotocol/server';
import { JobsQuery, OneJobQuery, QuoteView, SubmitBody } from '../../jobs/model.ts';
import { JobOutcome, JobResult, describeJob, jobResult, tellJob } from './job-result.ts';
import type { McpParts } from './parts.ts';
import { defineTool, type Tool } from './tool.ts';
import { waitFields, waitForJob } from './wait.ts';

const strict = { additionalProperties: false };
const reads = { readOnlyHint: true, openWorldHint: false };
const { jobId } = OneJobQuery.properties;
const { billing } = QuoteView.properties;
/** What matters of a quote. The answer holds all of it. */
const QuoteOutcome = Type.Object({
  ...Type.Pick(QuoteView, ['draft', 'estimate', 'effectiveInput', 'inputAdjustments']).properties,
  billing: Type.Pick(billing, ['amountUsd', 'amountMicros', 'balanceUsd', 'isCovered']),
});
const JobPage = Type.Object({
  jobs: Type.Array(JobOutcome),
  nextCursor: Type.Union([Type.String(), Type.Null()]),
});
const Balance = Type.Object({ balanceUsd: Type.Number(), balanceMicros: Type.Integer() });

/** The tools around jobs that are the same for each media task. */
export function jobTools(mcp: McpParts): Tool[] {
  return [quote(mcp), getJob(mcp), waitForJobTool(mcp), cancelJob(mcp), listJobs(mcp), balance(mcp)];
}

function quote({ desk }: McpParts): Tool {
  const { task, input, priority } = SubmitBody.properties;
  return defineTool({
    name: 'quote',
    title: 'Price a job',
    description:
      'Checks the input of a media task and tells its price, when it would start and what it would make, without queueing it. Costs nothing.',
    input: Type.Object({ task, input, priority }, strict),
    output: QuoteOutcome,
    annotations: reads,
    counts: 'write',
    async run(given, { caller, origin }) {
      const request = { ...given, priority: given.priority ?? 'standard', webhookUrl: null, origin };
      const quoted = await desk.quote(caller, request);
      const { amountUsd, balanceUsd, isCovered } = quoted.billing;
      const { durationSeconds, startsInSeconds } = quoted.estimate;
      const seconds = Math.ceil(durationSeconds + startsInSeconds);
      return asResult(
        quoted,
        `${given.task} costs $${amountUsd} (${quoted.billing.basis.join('; ')})${quoted.draft ? ', as a draft made without a model' : ''}, and takes about ${seconds} s. The balance of $${balanceUsd} ${isCovered ? 'covers it' : 'is not enough'}.`,
      );
    },
  });
}

function getJob({ desk }: McpParts): Tool {
  return defineTool({
    name: 'get_job',
    title: 'Look at a job',
    description: 'How a job stands, with links to its files once it is done. Does not wait.',
    input: Type.Object(
      {
        jobId,
        details: Type.Optional(
          Type.Boolean({ default: false, description: 'Also tells the effective input and the model.' }),
        ),
      },
      strict,
    ),
    output: JobResult,
    annotations: reads,
    counts: 'read',
    async run({ jobId: id, details = false }, { caller, origin }) {
      const named = { jobId: id, origin };
      if (!details) return jobResult(desk.find(caller, named), { isItsAnswer: false });
      const job = desk.details(caller, named);
      return jobResult(job, { details: { ...job }, isItsAnswer: false });
    },
  });
}

function waitForJobTool(mcp: McpParts): Tool {
  return defineTool({
    name: 'wait_for_job',
    title: 'Wait for a job',
    description:
      'Waits until a job has ended, or until `wait` seconds are over: then it tells how the job stands, and may be called again. Ending the call does not cancel the job.',
    input: Type.Object({ jobId, ...waitFields }, strict),
    output: JobOutcome,
    annotations: reads,
    counts: 'read',
    run: (given, call) => waitForJob(mcp, call, given),
  });
}

function cancelJob({ desk }: McpParts): Tool {
  return defineTool({
    name: 'cancel_job',
    title: 'Cancel a job',
    description: 'Stops a job that has not ended, and refunds it.',
    input: Type.Object({ jobId }, strict),
    output: JobOutcome,
    annotations: { destructiveHint: true, idempotentHint: true, openWorldHint: false },
    counts: 'write',
    run: async (given, { caller, origin }) =>
      jobResult(await desk.cancel(caller, { ...given, origin }), { isItsAnswer: false }),
  });
}

function listJobs({ desk }: McpParts): Tool {
  const { status, task, cursor } = JobsQuery.properties;
  const limit = Type.Optional(Type.Integer({ minimum: 1, maximum: 50, default: 10 }));
  return defineTool({
    name: 'list_jobs',
    title: 'List jobs',
    description: 'Your jobs, newest first, a page at a time.',
    input: Type.Object({ status, task, limit, cursor }, strict),
    output: JobPage,
    annotations: reads,
    counts: 'read',
    async run(given, { caller, origin }) {
      const { limit: jobsMax = 10, cursor: from, ...filter } = given;
      const { jobs, nextCursor } = desk.list(caller, { filter, limit: jobsMax, cursor: from, origin });
      const page = { jobs: jobs.map(tellJob), nextCursor };
      return asResult(page, jobs.map(describeJob).join('\n') || 'There are no such jobs.');
    },
  });
}

function balance({ parts }: McpParts): Tool {
  return defineTool({
    name: 'balance',
    title: 'Look at the balance',
    description: 'The prepaid dollars that are left.',
    input: Type.Object({}, strict),
    output: Balance,
    annotations: reads,
    counts: 'read',
    async run(_none, { caller }) {
      const balanceMicros = parts.ledger.balanceMicros(caller.accountId);
      const told: Static<typeof Balance> = { balanceUsd: balanceMicros / 1e6, balanceMicros };
      return asResult(told, `The balance is $${told.balanceUsd}.`);
    },
  });
}

function asResult(data: object, text: string): CallToolResult {
  return { content: [{ type: 'text', text }], structuredContent: { ...data } };
}
