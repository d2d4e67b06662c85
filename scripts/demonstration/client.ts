import { type Static, type TSchema, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { ErrorBody, JobViewModel, SubmittedJobView } from '../../src/jobs/model.ts';
import { readEvents } from './read-events.ts';

export type JobView = Static<typeof JobViewModel>;
export type SubmittedJob = Static<typeof SubmittedJobView>;

const HealthView = Type.Object({
  version: Type.String(),
  profile: Type.String(),
  /** Why it isn't well; empty where it is. */
  reasons: Type.Array(Type.String()),
});
export type Health = Static<typeof HealthView>;

/** The appliance answered something else than was hoped for. */
export class RequestFailed extends Error {}

/** The few calls of the API that a client needs. All throw {@link RequestFailed}, or the signal's reason. */
export interface Client {
  health(): Promise<Health>;
  submit(body: { task: string; input: Record<string, unknown> }): Promise<SubmittedJob>;
  /** The job now and whenever it changes, to its terminal state. */
  watch(jobId: string): AsyncGenerator<JobView>;
  download(url: string): Promise<Uint8Array>;
  /** Any other route; the answer must be as `schema` says, with a status of 2xx. */
  call<Schema extends TSchema>(
    schema: Schema,
    method: string,
    path: string,
    body?: object,
  ): Promise<Static<Schema>>;
}

const reconnectMs = 500;

export function createClient(options: { origin: string; apiKey: string; signal: AbortSignal }): Client {
  const { origin, apiKey, signal } = options;
  const jobs = `${origin}/api/v1/media/jobs`;
  const headers = { authorization: `Bearer ${apiKey}` };
  return {
    async health() {
      const response = await fetch(`${origin}/api/v1/health`, { signal });
      await assertStatus(response, 200);
      return readBody(HealthView, await response.json());
    },
    async submit(body) {
      const response = await fetch(jobs, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal,
      });
      await assertStatus(response, 202);
      return readBody(SubmittedJobView, await response.json());
    },
    async *watch(jobId) {
      let isTerminal = false;
      while (!isTerminal) {
        const response = await fetch(`${jobs}/events?jobId=${jobId}`, { headers, signal });
        await assertStatus(response, 200);
        for await (const data of readEvents(response)) {
          const job = readBody(JobViewModel, JSON.parse(data));
          isTerminal = job.finishedAt !== null;
          yield job;
        }
        // A stream that breaks off is opened again; every event holds the whole job.
        if (!isTerminal) await Bun.sleep(reconnectMs);
      }
    },
    async download(url) {
      const response = await fetch(url, { signal });
      await assertStatus(response, 200);
      return response.bytes();
    },
    async call(schema, method, path, body) {
      const response = await fetch(`${origin}${path}`, {
        ...{ method, signal, headers: { ...headers, 'content-type': 'application/json' } },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (!response.ok) throw new RequestFailed(`${response.status}: ${explain(await response.text())}`);
      return readBody(schema, await response.json());
    },
  };
}

async function assertStatus(response: Response, expected: number): Promise<void> {
  if (response.status === expected) return;
  const text = await response.text();
  throw new RequestFailed(`${response.status}: ${explain(text)}`);
}

/** The sentence of an error body, with every issue of an input that was refused. */
function explain(text: string): string {
  const isJson = text.startsWith('{');
  const body: unknown = isJson ? JSON.parse(text) : null;
  if (!Value.Check(ErrorBody, body)) return text.slice(0, 500);
  const issues = body.details?.['issues'];
  return issues === undefined ? body.error : `${body.error} ${JSON.stringify(issues)}`;
}

function readBody<Schema extends TSchema>(schema: Schema, body: unknown): Static<Schema> {
  if (Value.Check(schema, body)) return body;
  const problem = Value.Errors(schema, body).First();
  throw new RequestFailed(`The answer isn't as documented: ${problem?.path ?? ''} ${problem?.message ?? ''}`);
}
