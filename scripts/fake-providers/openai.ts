import { startOpenAiServer } from '../../src/testing/fakes/openai-server.ts';
import type { Fake } from './fake.ts';

export const openai: Fake = {
  name: 'A language model behind an OpenAI-compatible server',
  start({ port, applianceOrigin }) {
    const { url } = startOpenAiServer({ port });
    const headers = '-H "Authorization: Bearer $KT_API_KEY" -H \'Content-Type: application/json\'';
    return Promise.resolve({
      settings: { KT_STUDIO_OPENAI_URL: url },
      hints: [
        'It plans one picture of whatever it is told.',
        `curl -sS ${applianceOrigin}/api/v1/studio/agent/messages/prepare ${headers} -d '{"message":"a fox"}'`,
      ],
    });
  },
};
