import { Elysia } from 'elysia';
import { type BoxParts, type Box, describeBox } from './box.ts';
import { pluginManifest, skillIndex, skillName, writeLlms, writeLlmsFull, writeSkill } from './documents.ts';

interface DiscoveryOptions extends BoxParts {
  originOf: (request: Request) => string;
}

/** What is told about the appliance holds until a model is installed or a price is changed. */
const cacheSeconds = 60;

const markdown = 'text/markdown; charset=utf-8';
const plain = 'text/plain; charset=utf-8';
const json = 'application/json';

/** Where agents look for what an appliance can do: skills, `llms.txt`, the plugin manifest. */
export function discoveryRoutes(options: DiscoveryOptions) {
  const answer = (request: Request, type: string, write: (box: Box) => string) =>
    respond(request, type, write(describeBox(options, options.originOf(request))));
  const skill = ({ request }: { request: Request }) => answer(request, markdown, writeSkill);
  const index = ({ request }: { request: Request }) =>
    answer(request, json, (box) => JSON.stringify(skillIndex(box), null, 2));
  return (
    new Elysia({ name: 'agents.discovery', detail: { hide: true } })
      .get('/llms.txt', ({ request }) => answer(request, plain, writeLlms))
      .get('/llms-full.txt', ({ request }) => answer(request, plain, writeLlmsFull))
      .get(`/skills/${skillName}/SKILL.md`, skill)
      .get(`/.well-known/agent-skills/${skillName}/SKILL.md`, skill)
      .get('/.well-known/agent-skills/index.json', index)
      // The reference's own address, and that of the draft before.
      .get('/.well-known/agent-skills.json', index)
      .get('/.well-known/skills/index.json', index)
      .get('/.well-known/ai-plugin.json', ({ request }) =>
        answer(request, json, (box) => JSON.stringify(pluginManifest(box), null, 2)),
      )
  );
}

/** Pages of any site may read it: it holds nothing that needs a key. */
function respond(request: Request, type: string, text: string): Response {
  const etag = `"${Bun.hash(text).toString(36)}"`;
  const headers = {
    ...{ 'content-type': type, etag, 'cache-control': `public, max-age=${cacheSeconds}` },
    ...{ 'access-control-allow-origin': '*', vary: 'host' },
  };
  const isKnown = request.headers.get('if-none-match') === etag;
  return isKnown ? new Response(null, { status: 304, headers }) : new Response(text, { headers });
}
