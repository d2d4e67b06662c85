import { type InputIssue, InvalidInput } from '../../errors.ts';

/** What a door calls the fields of a task's input: `sourceImage` is its `image`. */
export type ParamNames = Readonly<Record<string, string>>;

/**
 * Runs `work`, and tells what it finds wrong with a task's input by the names that its client knows.
 * @throws what `work` throws
 */
export async function inParamsOf<T>(names: ParamNames, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof InvalidInput
      ? new InvalidInput(error.issues.map((issue) => rename(issue, names)))
      : error;
  }
}

function rename(issue: InputIssue, names: ParamNames): InputIssue {
  const [, scope, field = '', ...inner] = issue.path.split('/');
  if (scope !== 'input') return issue;
  return { ...issue, path: ['', names[field] ?? field, ...inner].join('/') };
}
