import { EngineError, serveEngine } from '../embedded/serve.ts';

/**
 * A runner of the task `plan`: it answers a picture of the message. `nonsense`, `crash` and `hang` as the
 * message do what they say.
 */
async function plan(
  params: { messages: { role: string; content: string }[]; schema: object; maxNewTokens: number },
  { signal }: { signal: AbortSignal },
) {
  const asked = params.messages.filter(
    ({ role, content }) => role === 'user' && !content.startsWith('That cannot'),
  );
  const said = asked.at(-1)?.content ?? '';
  if (said === 'crash') process.exit(1);
  if (said === 'hang') {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    throw new EngineError('canceled', 'The job was canceled.');
  }
  const step = { id: 'a', title: said, task: 'image.generate', input: { prompt: said } };
  const answer = said === 'nonsense' ? { reply: said } : { reply: `A picture of ${said}`, steps: [step] };
  return { outputs: [], metadata: { plan: answer }, measurements: {} };
}

await serveEngine({ name: 'planner', version: '1', concurrency: 1, tasks: { plan } });
