import { t } from 'elysia';
import { file, model, oneOf, optional, seed, size, strict, unused } from '../model.ts';

const images = t.Object(
  { image_url: t.String({ examples: ['https://cdn.example.com/input/source.png'] }) },
  strict,
);

const shared = {
  model,
  prompt: t.String({ examples: ['cinematic fox astronaut'] }),
  n: optional(
    t.Integer({ minimum: 1, maximum: 10, description: 'Pictures, each a job of its own.', examples: [1] }),
  ),
  size,
  quality: optional(
    oneOf(
      ['auto', 'low', 'medium', 'standard', 'high', 'hd', 'xhigh', 'max'],
      'From `high` on with half as many steps again, at half as much again of the price.',
    ),
  ),
  response_format: optional(
    oneOf(
      ['b64_json', 'url'],
      '`b64_json`, unless the model is called dall-e; a URL holds as long as its file.',
    ),
  ),
  output_format: optional(oneOf(['png', 'jpeg', 'webp'], '`png` when left out.')),
  background: optional(oneOf(['auto', 'opaque'], 'Pictures are opaque.')),
  stream: optional(t.Literal(false, { 'x-expects': 'false: pictures are not sent in parts' })),
  seed,
  partial_images: optional(t.Literal(0, { 'x-expects': '0: pictures are not sent in parts' })),
  output_compression: unused,
  moderation: unused,
  style: unused,
  user: unused,
  safety_identifier: unused,
};

const refused = {
  mask: 'no model here edits by mask; say in the prompt what is to change.',
  markup: 'no model here reads drawings on the picture; say in the prompt what is to change.',
};

export const GenerateImages = t.Object(shared, strict);

export const EditImages = t.Object(
  {
    ...shared,
    image: optional(
      t.Union([file, t.Array(file, { minItems: 1, maxItems: 9 })], {
        description: 'The picture to edit; further ones are what the prompt may speak of.',
      }),
    ),
    images: optional(
      t.Array(images, { minItems: 1, maxItems: 9, description: 'The same as `image`, in JSON.' }),
    ),
    input_fidelity: unused,
  },
  { ...strict, 'x-refused': refused },
);

const image = t.Object({
  b64_json: t.Optional(t.String({ examples: ['iVBORw0KGgo…'] })),
  url: t.Optional(t.String({ examples: ['http://127.0.0.1:8787/files/job_…/image.png?exp=…&sig=…'] })),
});

export const ImagesAnswer = t.Object({
  created: t.Integer({ description: 'Unix seconds.', examples: [1_764_000_000] }),
  data: t.Array(image),
  output_format: t.String({ examples: ['png'] }),
  quality: t.String({ examples: ['medium'] }),
  size: t.Optional(t.String({ examples: ['1024x1024'] })),
  background: t.Literal('opaque'),
  errors: t.Optional(
    t.Array(
      t.Object({
        job: t.String({ examples: ['job_…'] }),
        code: t.String({ examples: ['out_of_memory'] }),
        message: t.String({ examples: ['It failed.'] }),
      }),
      { description: 'Ours: why there are fewer pictures than asked for. Those were refunded.' },
    ),
  ),
});
export type ImagesAnswer = typeof ImagesAnswer.static;
