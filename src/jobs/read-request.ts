import { type InputIssue, InvalidInput } from '../errors.ts';
import { fits } from '../fits.ts';
import { inputIssues, isPlainObject } from '../tasks/input-issues.ts';
import { findTask } from '../tasks/registry.ts';
import { SubmitBody } from './model.ts';
import type { JobParts } from './parts.ts';
import type { SubmitRequest } from './submit-job.ts';

/**
 * Reads the body of a submit or a quote. What is wrong with the envelope, the task's input and the webhook's
 * address is told in one answer.
 * @throws InvalidInput
 */
export function readRequest(
  { pricing, judgeUrl }: Pick<JobParts, 'pricing' | 'judgeUrl'>,
  body: unknown,
): Omit<SubmitRequest, 'accountId' | 'key' | 'origin'> & { idempotencyKey: string | undefined } {
  const issues = [...inputIssues(SubmitBody, body, ''), ...webhookIssues(body, judgeUrl)];
  if (issues.length > 0 || !fits(SubmitBody, body)) {
    throw new InvalidInput([...issues, ...inputIssuesOf(body, pricing)]);
  }
  const { task, input, priority = 'standard', webhookUrl = null, idempotencyKey, maxAmountMicros } = body;
  return {
    ...{ task, input, priority, webhookUrl, idempotencyKey },
    ...(maxAmountMicros === undefined ? {} : { maxAmountMicros }),
  };
}

function webhookIssues(body: unknown, judgeUrl: JobParts['judgeUrl']): InputIssue[] {
  if (!isPlainObject(body) || typeof body['webhookUrl'] !== 'string') return [];
  const problem = judgeUrl(body['webhookUrl']);
  return problem === null ? [] : [{ path: '/webhookUrl', message: problem }];
}

/** Of a body whose envelope is wrong already; a good envelope's input is checked where its job is prepared. */
function inputIssuesOf(body: unknown, pricing: JobParts['pricing']): InputIssue[] {
  if (!isPlainObject(body) || typeof body['task'] !== 'string' || !isPlainObject(body['input'])) return [];
  const checked = findTask(body['task'])?.check(body['input'], pricing.byTask.get(body['task']));
  return !checked || checked.ok ? [] : checked.issues;
}
