import { exitCodes, type ExitCode, Failure, Unreachable } from './failure.ts';
import { printable } from './format.ts';

/** What Eden hands back: an answer, a refusal, or that nothing answered (its `value` is the error then). */
type Answer<Data> =
  | { data: Data; error: null; response: Response }
  | { data: null; error: { status: unknown; value: unknown }; status: number; response: Response };

/**
 * What the appliance answers to a request.
 * @throws Failure it refuses; Unreachable it doesn't answer, or something else does
 */
export async function answerOf<Data>(
  request: Promise<Answer<Data>>,
): Promise<Exclude<Data, Response | null>> {
  const answer = await request.catch((cause: unknown) => {
    throw brokenOff(cause);
  });
  if (answer.error !== null) throw refusal(answer.status, answer.error.value, answer.response);
  const { data } = answer;
  if (!isBody(data)) throw noAppliance(`${originOf(answer.response)} is no Killa Tamata appliance.`);
  return data;
}

/** @param value the body, or what was thrown where no answer came */
export function refusal(status: number, value: unknown, response?: Response): Failure {
  if (value instanceof Error) return brokenOff(value);
  if (status >= 300 && status < 400) {
    const location = response?.headers.get('location') ?? 'another address';
    return noAppliance(`${originOf(response)} leads to ${printable(location)}: give that as --url.`);
  }
  const { error, code, details } = readBody(value);
  if (error === undefined)
    return noAppliance(`${originOf(response)} answers ${status}, and not as a Killa Tamata appliance.`);
  return new Failure([printable(error), ...issueLines(details)].join('\n'), {
    exitCode: exitCodeOf(status),
    code: code ?? `http_${status}`,
    details,
    retryAfterSeconds: Number(response?.headers.get('retry-after') ?? Number.NaN) || null,
  });
}

export function brokenOff(cause: unknown): Unreachable {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Unreachable(`The appliance can't be reached: ${reason}`, { code: 'no_answer', cause });
}

function noAppliance(message: string): Unreachable {
  return new Unreachable(message, { code: 'no_appliance' });
}

/** The types say nothing of answers that are no JSON. */
function isBody<Data>(data: Data): data is Exclude<Data, Response | null> {
  return typeof data === 'object' && data !== null && !(data instanceof Response);
}

function originOf(response: Response | undefined): string {
  return URL.parse(response?.url ?? '')?.origin ?? 'What is there';
}

function exitCodeOf(status: number): ExitCode {
  if (status === 401 || status === 403) return exitCodes.auth;
  if (status === 402) return exitCodes.balance;
  if (status === 429 || status === 503 || status === 507) return exitCodes.unreachable;
  return status >= 500 || status === 409 ? exitCodes.failed : exitCodes.usage;
}

function readBody(value: unknown): { error?: string; code?: string; details?: unknown } {
  if (typeof value !== 'object' || value === null) return {};
  const { error, code, details } = { error: null, code: null, details: undefined, ...value };
  return {
    ...(typeof error === 'string' ? { error } : {}),
    ...(typeof code === 'string' ? { code } : {}),
    ...(details === undefined ? {} : { details }),
  };
}

/** Every problem of a refused input, beyond the first that the sentence names. */
function issueLines(details: unknown): string[] {
  if (typeof details !== 'object' || details === null || !('issues' in details)) return [];
  const { issues } = details;
  if (!Array.isArray(issues) || issues.length < 2) return [];
  return issues.slice(1).map(({ path, message }) => `  ${printable(`${path}: ${message}`)}`);
}
