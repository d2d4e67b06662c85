import type {
  ListResourcesResult,
  ListResourceTemplatesResult,
  ReadResourceResult,
  Resource,
} from '@modelcontextprotocol/server';
import { NotFound } from '../../errors.ts';
import type { Caller } from '../../identity/authenticate.ts';
import type { JobView } from '../../jobs/job-view.ts';
import { findTask, tasks } from '../../tasks/registry.ts';
import { blobBytesMax, readOutput } from './output-files.ts';
import type { McpParts } from './parts.ts';
import { outputTemplate, outputUri, parseResourceUri, taskTemplate, taskUri } from './resource-uri.ts';
import { describeTask } from './task-docs.ts';

interface Asked {
  caller: Caller;
  origin: string;
}

/** Jobs on a page of `resources/list`. */
const jobsPerPage = 50;

/** What the caller's jobs made, newest first, after what each task does. @throws Malformed a cursor of somebody else */
export function listResources(
  { desk }: Pick<McpParts, 'desk'>,
  { caller, origin }: Asked,
  cursor: string | undefined,
): ListResourcesResult {
  const filter = { status: 'succeeded' as const };
  const page = desk.list(caller, { filter, limit: jobsPerPage, cursor, origin });
  const docs = cursor === undefined ? [...tasks.keys()].map(describeDocs) : [];
  return {
    resources: [...docs, ...page.jobs.flatMap(outputsOf)],
    ...(page.nextCursor === null ? {} : { nextCursor: page.nextCursor }),
  };
}

export const resourceTemplates: ListResourceTemplatesResult = {
  resourceTemplates: [
    {
      uriTemplate: outputTemplate,
      name: 'output',
      title: 'A file that a job made',
      description: 'As long as the job says; large files are told by their link.',
    },
    { uriTemplate: taskTemplate, name: 'task', title: 'What a media task does', mimeType: 'text/markdown' },
  ],
};

/** @throws NotFound nothing of this name, another account's or deleted; FileGone deleted just now */
export async function readResource(mcp: McpParts, asked: Asked, uri: string): Promise<ReadResourceResult> {
  const name = parseResourceUri(uri);
  if (name === null) throw new NotFound(`The resource ${uri.slice(0, 200)}`);
  if (name.kind === 'output') return readJobOutput(mcp, asked, { ...name, uri });
  const task = findTask(name.task);
  if (!task) throw new NotFound(`The task ${name.task.slice(0, 100)}`);
  return { contents: [{ uri, mimeType: 'text/markdown', text: describeTask(task) }] };
}

async function readJobOutput(
  { desk, parts }: McpParts,
  { caller, origin }: Asked,
  { jobId, filename, uri }: { jobId: string; filename: string; uri: string },
): Promise<ReadResourceResult> {
  const job = desk.find(caller, { jobId, origin });
  const output = job.outputs.find((candidate) => candidate.filename === filename);
  if (!output) throw new NotFound(`The file ${filename} of the job ${jobId}`);
  const { mimeType, url, bytes } = output;
  if (bytes > blobBytesMax) return { contents: [{ uri, mimeType: 'text/uri-list', text: `${url}\r\n` }] };
  const file = await readOutput(parts.rules, jobId, output);
  const isText = mimeType.startsWith('text/') || mimeType === 'application/json';
  return {
    contents: [
      isText ? { uri, mimeType, text: file.toString() } : { uri, mimeType, blob: file.toString('base64') },
    ],
  };
}

function describeDocs(task: string): Resource {
  const title = findTask(task)?.title ?? task;
  return { uri: taskUri(task), name: task, title, mimeType: 'text/markdown' };
}

function outputsOf({ jobId, task, finishedAt, outputs }: JobView): Resource[] {
  return outputs.map(({ filename, mimeType, bytes }) => ({
    uri: outputUri(jobId, filename),
    name: filename,
    description: `Made by ${task}, job ${jobId}`,
    mimeType,
    size: bytes,
    ...(finishedAt === null ? {} : { annotations: { lastModified: finishedAt } }),
  }));
}
