import { Type } from '@sinclair/typebox';
import { InvalidInput, type InputIssue } from '../../errors.ts';
import { fits } from '../../fits.ts';
import { SubmitBody } from '../../jobs/model.ts';
import { inputIssues, isPlainObject } from '../../tasks/input-issues.ts';
import { tasks } from '../../tasks/registry.ts';
import type { Task } from '../../tasks/task.ts';
import { JobOutcome } from './job-result.ts';
import { leanAnswer, leanObject } from './lean-schema.ts';
import type { McpParts } from './parts.ts';
import { submitOnce } from '../submit-once.ts';
import { taskSchema } from './task-schema.ts';
import type { Tool } from './tool.ts';
import { waitFields, waitForJob } from './wait.ts';

/** What a media tool takes beside its task's own input. No task has fields of these names. */
const Extras = Type.Object({
  ...waitFields,
  priority: SubmitBody.properties.priority,
  maxAmountMicros: Type.Optional(
    Type.Integer({ minimum: 0, description: 'Refused where it costs more, such as more than was quoted.' }),
  ),
  idempotencyKey: Type.Optional(
    Type.String({
      description: 'The same key and arguments again give the same job, paid once.',
    }),
  ),
});

/** A tool for each media task, from the task itself. */
export function taskTools(mcp: McpParts): Tool[] {
  return [...tasks.values()].map((task) => taskTool(mcp, task));
}

/** Dots are not allowed everywhere in a tool's name. */
export function toolName(task: string): string {
  return task.replaceAll('.', '_');
}

function taskTool(mcp: McpParts, task: Task): Tool {
  const { properties: taskFields, ...schema } = taskSchema(task);
  const { properties: extraFields } = leanObject(Extras);
  return {
    name: toolName(task.name),
    title: task.title,
    description: `${task.summary} Runs the task ${task.name}: charged at once, refunded if it fails.`,
    inputSchema: { ...schema, properties: { ...asFields(taskFields), ...asFields(extraFields) } },
    outputSchema: leanAnswer(JobOutcome),
    annotations: { destructiveHint: false },
    counts: 'write',
    task: task.name,
    async run(given, call) {
      const { extras, input } = splitInput(given);
      if (!fits(Extras, extras)) {
        throw new InvalidInput([...inputIssues(Extras, extras, ''), ...taskIssues(mcp, task, input)]);
      }
      const { wait, inline, priority = 'standard', maxAmountMicros, idempotencyKey } = extras;
      const job = {
        ...{ task: task.name, input, priority, webhookUrl: null, origin: call.origin },
        ...(maxAmountMicros === undefined ? {} : { maxAmountMicros }),
      };
      const once = { job, door: '/mcp', bodyKey: idempotencyKey };
      const jobId = await asArguments(() => submitOnce(mcp, call.caller, once));
      return waitForJob(mcp, call, {
        jobId,
        ...(wait === undefined ? {} : { wait }),
        ...(inline === undefined ? {} : { inline }),
      });
    },
  };
}

function splitInput(given: unknown): { extras: Record<string, unknown>; input: unknown } {
  if (!isPlainObject(given)) return { extras: {}, input: given };
  const isExtra = ([name]: [string, unknown]) => name in Extras.properties;
  const fields = Object.entries(given);
  return {
    extras: Object.fromEntries(fields.filter(isExtra)),
    input: Object.fromEntries(fields.filter((field) => !isExtra(field))),
  };
}

function taskIssues({ parts }: McpParts, task: Task, input: unknown): InputIssue[] {
  const checked = task.check(input, parts.pricing.byTask.get(task.name));
  return checked.ok ? [] : checked.issues.map(asArgument);
}

/** A task's input is the tool's arguments: its issues must not point into an `input`. */
async function asArguments<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof InvalidInput) throw new InvalidInput(error.issues.map(asArgument));
    throw error;
  }
}

function asArgument(issue: InputIssue): InputIssue {
  return { ...issue, path: issue.path.replace(/^\/input(?=\/|$)/, '') };
}

function asFields(properties: unknown): object {
  return typeof properties === 'object' && properties !== null ? properties : {};
}
