/** What the server was asked. */
export interface AskedCompletion {
  authorization: string | null;
  model: string;
  max_tokens: number;
  messages: { role: string; content: string }[];
  response_format?: { type: string; json_schema?: { schema: object } };
}

/** Stands in for the model: its words, or a whole answer of the server's. */
export type Completes = (
  asked: AskedCompletion,
  tries: number,
) => string | Response | Promise<string | Response>;

/** A server on loopback that speaks OpenAI's `/v1/models` and `/v1/chat/completions`, without a model. */
export interface OpenAiFake extends AsyncDisposable {
  /** With `/v1`, as the setting wants it. */
  url: string;
  asked: AskedCompletion[];
  completes: Completes;
}

/** Answers a plan of one picture, of what the last message says. */
export const planOfOnePicture: Completes = ({ messages }) => {
  const message = messages.findLast(({ role }) => role === 'user')?.content.split('\n')[0] ?? '';
  const step = { id: 'picture', title: message, task: 'image.generate', input: { prompt: message } };
  return JSON.stringify({ reply: `A picture: ${message}`, steps: [step] });
};

export function startOpenAiServer(options: { port?: number; completes?: Completes } = {}): OpenAiFake {
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: options.port ?? 0,
    async fetch(request) {
      const { pathname } = new URL(request.url);
      if (pathname === '/v1/models')
        return Response.json({ object: 'list', data: [{ id: 'tiny', object: 'model' }] });
      if (pathname !== '/v1/chat/completions')
        return Response.json({ error: { message: 'not found' } }, { status: 404 });
      const body = (await request.json()) as Omit<AskedCompletion, 'authorization'>;
      const asked = { ...body, authorization: request.headers.get('authorization') };
      fake.asked.push(asked);
      const words = await fake.completes(asked, fake.asked.length);
      return words instanceof Response ? words : completion(words);
    },
  });
  const fake: OpenAiFake = {
    url: `http://127.0.0.1:${server.port}/v1`,
    asked: [],
    completes: options.completes ?? planOfOnePicture,
    async [Symbol.asyncDispose]() {
      await server.stop(true);
    },
  };
  return fake;
}

/** A chat completion that says these words. */
export function completion(content: string, finish_reason = 'stop'): Response {
  const message = { role: 'assistant', content };
  return Response.json({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    choices: [{ index: 0, message, finish_reason }],
  });
}
