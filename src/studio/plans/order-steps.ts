import { type InputIssue, InvalidInput } from '../../errors.ts';
import { type DraftStep, stepsMax } from './plan.ts';
import { stepsUsed } from './step-files.ts';

const idPattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$/;

/**
 * Puts steps into an order in which each comes after those that it depends on (Kahn 1962); among equals they stay as
 * they were.
 * @throws InvalidInput with everything that is wrong: too many steps, a bad or double id, a step that depends on an
 *   unknown one, on itself, or in a circle
 */
export function orderSteps(steps: readonly DraftStep[]): DraftStep[] {
  const issues = [...countIssues(steps), ...steps.flatMap((step, index) => stepIssues(steps, step, index))];
  if (issues.length > 0) throw new InvalidInput(issues);
  const ordered: DraftStep[] = [];
  const done = new Set<string>();
  let left = [...steps];
  while (left.length > 0) {
    const next = left.find(({ input }) => stepsUsed(input).every((id) => done.has(id)));
    if (!next) throw new InvalidInput([circle(steps, left)]);
    ordered.push(next);
    done.add(next.id);
    left = left.filter((step) => step !== next);
  }
  return ordered;
}

function countIssues(steps: readonly DraftStep[]): InputIssue[] {
  if (steps.length <= stepsMax) return [];
  return [{ path: '/steps', message: `has ${steps.length} steps; a plan has ${stepsMax} at most.` }];
}

function stepIssues(steps: readonly DraftStep[], step: DraftStep, index: number): InputIssue[] {
  const path = `/steps/${index}`;
  const issues: InputIssue[] = [];
  if (!idPattern.test(step.id))
    issues.push({ path: `${path}/id`, message: 'is no id: letters, digits, - and _.' });
  if (steps.findIndex(({ id }) => id === step.id) !== index) {
    issues.push({ path: `${path}/id`, message: `${step.id} is the id of another step too.` });
  }
  for (const id of stepsUsed(step.input)) {
    if (id === step.id) issues.push({ path: `${path}/input`, message: 'takes its own output.' });
    else if (!steps.some((other) => other.id === id)) {
      const allowed = steps.map((other) => other.id).filter((other) => other !== step.id);
      issues.push({
        path: `${path}/input`,
        message: `takes the output of ${id}, which is no step.`,
        allowed,
      });
    }
  }
  return issues;
}

function circle(steps: readonly DraftStep[], left: readonly DraftStep[]): InputIssue {
  const ids = left.map(({ id }) => id).join(', ');
  const index = steps.findIndex((step) => step === left[0]);
  return { path: `/steps/${index}/input`, message: `waits in a circle: none of ${ids} could begin.` };
}
