import { Elysia } from 'elysia';
import { createGate } from '../../storage/gate.ts';
import { audioRoutes } from './audio/routes.ts';
import { imageRoutes } from './images/routes.ts';
import { modelRoutes } from './models/routes.ts';
import type { OpenAiOptions } from './parts.ts';
import { videoRoutes } from './videos/routes.ts';

/** A conversion takes a core for a second or so. */
const toolsAtOnce = 2;

/** `/v1/…`, as OpenAI's clients speak: the same jobs, keys and ledger behind. */
export function openAiRoutes(options: OpenAiOptions) {
  const parts = { ...options, tools: createGate(toolsAtOnce) };
  return new Elysia({ name: 'openai', normalize: false })
    .use(imageRoutes(parts))
    .use(audioRoutes(parts))
    .use(videoRoutes(parts))
    .use(modelRoutes(parts));
}
