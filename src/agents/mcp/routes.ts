import { Elysia } from 'elysia';
import { AnyBody } from '../../jobs/model.ts';
import type { JobRoutesOptions } from '../../jobs/routes.ts';
import { createMcpHandler } from './mcp-handler.ts';
import { assertOwnPage } from './own-page.ts';
import type { McpParts } from './parts.ts';
import { serverCard, serverCardPath } from './server-card.ts';

export interface McpOptions extends Pick<McpParts, 'rateLimit' | 'moreTools' | 'version'> {
  /** `server.publicUrl`; empty where it is not set. */
  publicUrl: string;
}

const answers = {
  200: {
    description: 'A JSON-RPC response, or a stream of progress that ends with it',
    content: {
      'application/json': { schema: {} },
      'text/event-stream': { schema: { type: 'string' as const } },
    },
  },
  202: { description: 'A notification was taken' },
};

/** `/mcp`, and the card that tells of it. */
export function mcpRoutes(options: JobRoutesOptions & McpOptions) {
  const { requireKey, originOf, version, publicUrl } = options;
  const answer = createMcpHandler({ ...options, log: options.parts.log });
  return new Elysia({ name: 'agents.mcp', normalize: false, tags: ['Agents'] })
    .get(
      serverCardPath,
      ({ request, set }) => {
        set.headers['access-control-allow-origin'] = '*';
        return serverCard(originOf(request), version);
      },
      { detail: { hide: true } },
    )
    .onTransform(({ request }) => assertOwnPage(request, { origin: originOf(request), publicUrl }))
    .use(requireKey)
    .post(
      '/mcp',
      ({ caller, request, body, server }) => {
        server?.timeout(request, 0);
        return answer({ caller, request, origin: originOf(request) }, body);
      },
      {
        requireKey: 'read',
        body: AnyBody,
        detail: { summary: 'Model Context Protocol, streamable HTTP, without sessions', responses: answers },
      },
    )
    .get('/mcp', ({ caller, request }) => answer({ caller, request, origin: originOf(request) }, {}), {
      requireKey: 'read',
      detail: { hide: true },
    })
    .delete('/mcp', ({ caller, request }) => answer({ caller, request, origin: originOf(request) }, {}), {
      requireKey: 'read',
      detail: { hide: true },
    });
}
