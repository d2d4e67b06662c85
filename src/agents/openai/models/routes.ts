import { Elysia, t } from 'elysia';
import { findModel, modelsInUse, type UsedModel } from '../model-names.ts';
import { OpenAiError } from '../model.ts';
import type { OpenAiParts } from '../parts.ts';

const ModelView = t.Object({
  id: t.String({ examples: ['draft-image'] }),
  object: t.Literal('model'),
  created: t.Integer({
    description: 'Unix seconds: when this appliance was started.',
    examples: [1_764_000_000],
  }),
  owned_by: t.Literal('killa-tamata'),
  engine: t.String({ description: 'Ours: embedded, gpu or ffmpeg.', examples: ['embedded'] }),
  draft: t.Boolean({ description: 'Ours: it makes drafts, without a model.', examples: [true] }),
  tasks: t.Array(t.String(), {
    description: 'Ours: what it does.',
    examples: [['image.generate', 'image.edit']],
  }),
});
const ModelList = t.Object({ object: t.Literal('list'), data: t.Array(ModelView) });
const params = t.Object({ model: t.String({ maxLength: 100 }) });

/** `/v1/models`. */
export function modelRoutes(options: OpenAiParts) {
  const created = Math.floor(options.parts.clock() / 1000);
  const view = (id: string, { engine, draft, tasks }: UsedModel) => ({
    ...{ id, object: 'model' as const, created, owned_by: 'killa-tamata' as const },
    ...{ engine, draft, tasks },
  });
  return new Elysia({
    name: 'openai.models',
    prefix: '/v1/models',
    normalize: false,
    tags: ['OpenAI-compatible'],
  })
    .use(options.requireKey)
    .get(
      '',
      () => ({ object: 'list' as const, data: modelsInUse(options).map((used) => view(used.model, used)) }),
      {
        requireKey: 'read',
        response: { 200: ModelList, 401: OpenAiError },
        detail: { summary: 'The models that requests below /v1 run on now' },
      },
    )
    .get('/:model', ({ params: { model } }) => view(model, findModel(options, model)), {
      requireKey: 'read',
      params,
      response: { 200: ModelView, 401: OpenAiError, 404: OpenAiError },
      detail: { summary: "What a model's name, ours or OpenAI's, means here" },
    });
}
