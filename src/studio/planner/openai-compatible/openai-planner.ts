import { askUntilGood, type CheckSteps } from '../asking/ask-until-good.ts';
import { replySchema } from '../asking/reply-schema.ts';
import { withinSeconds } from '../asking/within-seconds.ts';
import type { Planner } from '../planner.ts';
import { connectOpenAi, type OpenAiServer } from './openai-connection.ts';

/** Plans with whatever model a server of the operator's runs. */
export function createOpenAiPlanner(options: {
  server: OpenAiServer;
  /** For all its tries together. */
  timeoutSeconds: number;
  check: CheckSteps;
}): Planner {
  const { server, timeoutSeconds: seconds, check } = options;
  const name = server.model === '' ? 'openai' : `openai:${server.model}`;
  const askServer = connectOpenAi(server, name);
  return {
    ...{ name, lacks: null },
    plan(request, signal) {
      const schema = replySchema(request.stepsMax);
      return withinSeconds({ planner: name, seconds, signal }, (either) =>
        askUntilGood({
          ...{ planner: name, request, check },
          ask: (messages) => askServer(messages, schema, either),
        }),
      );
    },
  };
}
