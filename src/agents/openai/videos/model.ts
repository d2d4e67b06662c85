import { t } from 'elysia';
import { file, model, optional, seed, size, strict, unused } from '../model.ts';

const seconds = /^\d{1,2}(\.\d{1,3})?$/.source;

export const CreateVideo = t.Object(
  {
    model,
    prompt: t.String({ examples: ['single continuous cinematic flythrough over a neon city at dawn'] }),
    seconds: optional(
      t.Union([t.String({ pattern: seconds }), t.Number()], {
        'x-expects': 'seconds such as "4"',
        description: '4 when left out; 1 to 20.',
        examples: ['4'],
      }),
    ),
    size,
    input_reference: optional(
      t.Union(
        [
          file,
          t.Object({ image_url: t.String({ examples: ['https://cdn.example.com/frame.png'] }) }, strict),
        ],
        {
          'x-expects': 'a picture of the form, or {image_url} with a URL or data URI',
          description: 'The first frame.',
        },
      ),
    ),
    seed,
    user: unused,
  },
  strict,
);

const id = t.String({ examples: ['job_019aa1b2c3d4e5f60718'] });
const unixSeconds = t.Integer({ description: 'Unix seconds.', examples: [1_764_000_000] });
const nullable = <Schema extends Parameters<typeof t.Nullable>[0]>(schema: Schema) =>
  t.Union([schema, t.Null()]);

export const VideoView = t.Object({
  id,
  object: t.Literal('video'),
  status: t.Union(
    [t.Literal('queued'), t.Literal('in_progress'), t.Literal('completed'), t.Literal('failed')],
    { description: 'What is canceled has failed.' },
  ),
  progress: t.Integer({ minimum: 0, maximum: 100, examples: [50] }),
  model: t.String({ examples: ['draft-video'] }),
  prompt: nullable(t.String({ examples: ['a neon city at dawn'] })),
  seconds: t.String({ description: 'Of the finished file.', examples: ['4.033'] }),
  size: t.String({ examples: ['1280x704'] }),
  created_at: unixSeconds,
  completed_at: nullable(unixSeconds),
  expires_at: nullable(unixSeconds),
  error: nullable(
    t.Object({
      code: t.String({ examples: ['out_of_memory'] }),
      message: t.String({ examples: ['It failed.'] }),
    }),
  ),
  remixed_from_video_id: t.Null({ examples: [null] }),
  draft: t.Boolean({ description: 'Ours: made without a model.', examples: [true] }),
  amount_usd: t.Number({ description: 'Ours: what it costs; what fails is refunded.', examples: [0.12] }),
});
export type VideoView = typeof VideoView.static;

export const VideoList = t.Object({
  object: t.Literal('list'),
  data: t.Array(VideoView),
  first_id: nullable(id),
  last_id: nullable(id),
  has_more: t.Boolean({ examples: [false] }),
});

export const DeletedVideo = t.Object({ id, object: t.Literal('video.deleted'), deleted: t.Literal(true) });

export const VideoParams = t.Object({ id: t.String({ minLength: 1, maxLength: 100 }) });

export const ListQuery = t.Object({
  limit: t.Optional(t.Numeric({ minimum: 1, maximum: 100, multipleOf: 1, default: 20 })),
  after: t.Optional(t.String({ maxLength: 100, description: "The last page's `last_id`." })),
  order: t.Optional(t.Literal('desc', { 'x-expects': '"desc": the newest come first' })),
});

export const ContentQuery = t.Object({
  variant: t.Optional(t.Union([t.Literal('video'), t.Literal('thumbnail'), t.Literal('spritesheet')])),
});
