import { type InputIssue, InvalidInput } from '../../../errors.ts';
import type { DraftStep } from '../../plans/plan.ts';
import { type PlannedReply, PlannerFailed, type PlanRequest } from '../planner.ts';
import { type ChatMessage, conversation } from './instructions.ts';
import { readReply } from './read-reply.ts';

/** What the steps' own tasks have against them. */
export type CheckSteps = (steps: readonly DraftStep[], request: PlanRequest) => readonly InputIssue[];

/** An answer that can't be used is sent back with what is wrong so many times. */
const retriesMax = 2;
const issuesTold = 12;
const answerCharactersTold = 8000;

/**
 * Asks a language model for a plan until its tasks take it.
 * @param options.ask answers text, or JSON that is read already
 * @throws PlannerFailed when the last answer is no better; its cause is an `InvalidInput` where only its tasks refuse it
 */
export async function askUntilGood(options: {
  planner: string;
  request: PlanRequest;
  ask: (messages: readonly ChatMessage[]) => Promise<unknown>;
  check: CheckSteps;
}): Promise<PlannedReply> {
  const { planner, request, ask, check } = options;
  const messages = conversation(request);
  let problem = '';
  let issues: readonly InputIssue[] = [];
  for (let tries = 0; tries <= retriesMax; tries++) {
    const answer = await ask(messages);
    const read = readReply(answer);
    issues = 'problem' in read ? [] : stepIssues(read.steps, request, check);
    if (!('problem' in read) && issues.length === 0) return read;
    problem = 'problem' in read ? read.problem : issues.slice(0, issuesTold).map(issueWords).join('\n');
    const told = typeof answer === 'string' ? answer : JSON.stringify(answer);
    messages.push(
      { role: 'assistant', content: told.slice(0, answerCharactersTold) },
      {
        role: 'user',
        content: `That cannot be used:\n${problem}\nAnswer with the whole JSON object again, set right.`,
      },
    );
  }
  const [first = ''] = problem.split('\n');
  const cause = issues.length > 0 ? new InvalidInput(issues) : undefined;
  throw new PlannerFailed(planner, `gave no usable plan in ${retriesMax + 1} tries: ${first}`, cause);
}

function stepIssues(
  steps: readonly DraftStep[],
  request: PlanRequest,
  check: CheckSteps,
): readonly InputIssue[] {
  return steps.length === 0 ? [] : check(steps, request);
}

function issueWords({ path, message, allowed }: InputIssue): string {
  return `${path} ${message}${allowed ? ` Allowed: ${allowed.slice(0, 20).join(', ')}.` : ''}`;
}
