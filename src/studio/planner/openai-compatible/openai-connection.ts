import { Type } from '@sinclair/typebox';
import type OpenAi from 'openai';
import { fits } from '../../../fits.ts';
import type { ChatMessage } from '../asking/instructions.ts';
import { PlannerFailed } from '../planner.ts';

/** A server that speaks OpenAI's chat completions: llama.cpp, vLLM, Ollama, LM Studio. */
export interface OpenAiServer {
  url: string;
  /** Empty: the first that the server lists. */
  model: string;
  apiKey: string;
  tokensMax: number;
}

/** @throws PlannerFailed with the setting to look at; the signal's reason */
export type AskServer = (
  messages: readonly ChatMessage[],
  schema: Record<string, unknown>,
  signal: AbortSignal,
) => Promise<string>;

/** Ways to ask for JSON, the strictest first: not every server knows them all. */
const formats = ['json_schema', 'json_object', 'none'] as const;
const refusedFormat = new Set([400, 415, 422, 501]);
const answerBytesMax = 4 * 1024 * 1024;

const Completion = Type.Object({
  choices: Type.Array(
    Type.Object({
      message: Type.Object({ content: Type.Union([Type.String(), Type.Null()]) }),
      finish_reason: Type.Optional(Type.Union([Type.String(), Type.Null()])),
    }),
    { minItems: 1 },
  ),
});

export function connectOpenAi(server: OpenAiServer, planner: string): AskServer {
  const open = async () => {
    // 35 MB on disk, which an appliance without such a server need not read.
    const sdk = await import('openai');
    const client = new sdk.OpenAI({
      ...{ baseURL: server.url, apiKey: server.apiKey || 'none', fetch: fetchHere, maxRetries: 1 },
      // What else the SDK would take from the environment.
      ...{ organization: null, project: null, adminAPIKey: null, webhookSecret: null, logLevel: 'off' },
    });
    return { client, APIError: sdk.APIError, OpenAIError: sdk.OpenAIError };
  };
  let opened: ReturnType<typeof open> | undefined;
  let format = 0;
  let model = server.model;
  return async (messages, schema, signal) => {
    const { client, APIError, OpenAIError } = await (opened ??= open());
    try {
      model ||= await firstModel(client, planner, signal);
      for (;;) {
        try {
          const body = { model, messages: [...messages], max_tokens: server.tokensMax, temperature: 0.2 };
          const answer: unknown = await client.chat.completions.create(
            { ...body, ...formatOf(format, schema) },
            { signal },
          );
          return contentOf(answer, planner);
        } catch (error) {
          const isRefused = error instanceof APIError && refusedFormat.has(error.status ?? 0);
          if (!isRefused || format >= formats.length - 1) throw error;
          format++;
        }
      }
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (error instanceof APIError) throw refused(planner, error.status, error);
      const isBroken =
        error instanceof OpenAIError || error instanceof SyntaxError || error instanceof TooLong;
      throw isBroken ? new PlannerFailed(planner, `answers nonsense: ${error.message}`, error) : error;
    }
  };
}

async function firstModel(client: OpenAi, planner: string, signal: AbortSignal): Promise<string> {
  for await (const { id } of client.models.list({ signal })) return id;
  throw new PlannerFailed(planner, 'lists no model: set studio.openaiModel.');
}

function formatOf(
  format: number,
  schema: Record<string, unknown>,
): Pick<OpenAi.ChatCompletionCreateParamsNonStreaming, 'response_format'> {
  const name = formats[format];
  if (name === 'json_schema')
    return { response_format: { type: name, json_schema: { name: 'plan', schema } } };
  return name === 'json_object' ? { response_format: { type: name } } : {};
}

function contentOf(answer: unknown, planner: string): string {
  const [choice] = fits(Completion, answer) ? answer.choices : [];
  if (!choice)
    throw new PlannerFailed(planner, 'answers nonsense: that is no chat completion (studio.openaiUrl).');
  if (choice.finish_reason === 'length')
    throw new PlannerFailed(planner, 'has more to say than studio.plannerMaxTokens lets it.');
  return choice.message.content ?? '';
}

function refused(planner: string, status: number | undefined, cause: Error): PlannerFailed {
  if (status === undefined) return new PlannerFailed(planner, 'cannot be reached (studio.openaiUrl).', cause);
  if (status === 401 || status === 403)
    return new PlannerFailed(planner, 'refuses the key (studio.openaiApiKey).', cause);
  if (status === 404)
    return new PlannerFailed(
      planner,
      'knows no such address or model (studio.openaiUrl, studio.openaiModel).',
      cause,
    );
  return new PlannerFailed(planner, `answered with HTTP ${status}.`, cause);
}

class TooLong extends Error {
  constructor() {
    super(`an answer of more than ${answerBytesMax} bytes.`);
    this.name = 'TooLong';
  }
}

/** Follows no redirect, which could take the key elsewhere, and reads no more than an answer can have. */
async function fetchHere(url: string | URL | Request, init?: RequestInit): Promise<Response> {
  const response = await fetch(url, { ...init, redirect: 'error' });
  let bytes = 0;
  const counted = response.body?.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        bytes += chunk.byteLength;
        if (bytes > answerBytesMax) controller.error(new TooLong());
        else controller.enqueue(chunk);
      },
    }),
  );
  const { status, headers } = response;
  return new Response(counted ?? null, { status, headers });
}
