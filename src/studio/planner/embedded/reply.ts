import { findTask, tasks } from '../../../tasks/registry.ts';
import type { DraftStep } from '../../plans/plan.ts';
import { stepFiles } from '../../plans/step-files.ts';
import type { KnownFile } from '../planner.ts';
import type { Draft } from './draft.ts';

/** What the planner says of a plan, or asks. */
export function replyTo({ steps, notes, questions, files }: Draft): string {
  if (questions.length > 0) return questions.join('\n');
  if (steps.length === 0) return greeting({ count: files.length });
  const lines = steps.map((step, index) => `${index + 1}. ${describeStep(step, files)}`);
  const head = steps.length === 1 ? 'This makes one thing:' : `This makes ${steps.length} things:`;
  return [head, ...lines, ...notes].join('\n');
}

function describeStep({ title, task, input }: DraftStep, files: readonly KnownFile[]): string {
  const facts = Object.entries(input).flatMap(([name, value]) => factOf(name, value));
  const sources = stepFiles(input).map((file) =>
    'fromStep' in file ? file.fromStep : nameOf(file.assetId, files),
  );
  const from = sources.length > 0 ? ` from ${sources.join(', ')}` : '';
  return `${findTask(task)?.title ?? task}${from}: ${title}${facts.length > 0 ? ` (${facts.join(', ')})` : ''}`;
}

/** As the person knows it. */
function nameOf(assetId: string, files: readonly KnownFile[]): string {
  const file = files.find((known) => known.assetId === assetId);
  return file ? `“${file.title}”` : assetId;
}

/** Short values tell something; texts are in the title. */
function factOf(name: string, value: unknown): string[] {
  const isShort =
    typeof value === 'number' ||
    typeof value === 'boolean' ||
    (typeof value === 'string' && value.length <= 16);
  return isShort ? [`${name} ${value}`] : [];
}

function greeting({ count }: { count: number }): string {
  const able = [...tasks.values()].map(({ summary }) => `- ${summary}`);
  const known =
    count > 0
      ? [`You have chosen ${count === 1 ? 'a file' : `${count} files`}: tell me what to do with it.`]
      : [];
  return ['Tell me what to make. I can do these things, one or several in a row:', ...able, ...known].join(
    '\n',
  );
}
