/** Where a step's input takes a file that it doesn't hold itself. */
export type StepFile = { fromStep: string } | { assetId: string };

/** Whether `value` names a file, and nothing beside it. */
function isStepFile(value: unknown): value is StepFile {
  if (typeof value !== 'object' || value === null) return false;
  const [entry, ...others] = Object.entries(value);
  return (
    others.length === 0 &&
    (entry?.[0] === 'fromStep' || entry?.[0] === 'assetId') &&
    typeof entry[1] === 'string'
  );
}

/** The files that an input names, in the fields themselves and in lists of them. */
export function stepFiles(input: Record<string, unknown>): StepFile[] {
  return Object.values(input)
    .flatMap((value) => (Array.isArray(value) ? value : [value]))
    .filter(isStepFile);
}

/** The ids of the steps whose outputs an input takes, each once. */
export function stepsUsed(input: Record<string, unknown>): string[] {
  const ids = stepFiles(input).flatMap((file) => ('fromStep' in file ? [file.fromStep] : []));
  return [...new Set(ids)];
}

/** The input as a task reads it: with a URL in place of each file that it names. */
export function withUrls(
  input: Record<string, unknown>,
  urlOf: (file: StepFile) => string,
): Record<string, unknown> {
  const replace = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(replace);
    return isStepFile(value) ? urlOf(value) : value;
  };
  return Object.fromEntries(Object.entries(input).map(([name, value]) => [name, replace(value)]));
}
