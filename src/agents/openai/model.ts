import { type TSchema, t } from 'elysia';

/** What every route below `/v1` has in common. Clients send `null` for what they leave out. */
export function optional<Schema extends TSchema>(schema: Schema) {
  return t.Optional(t.Union([schema, t.Null()]));
}

/** One of a few words. */
export function oneOf<const Word extends string>(words: readonly Word[], description: string) {
  return t.Union(
    words.map((word) => t.Literal(word)),
    { description },
  );
}

/** For what clients send and nothing here has a use for. */
export const unused = optional(t.Unknown({ description: 'Taken and not used.' }));

export const strict = { additionalProperties: false };

export const model = optional(
  t.String({
    maxLength: 100,
    description: "A model of `/v1/models`, a task's name, or one of OpenAI's names.",
    examples: ['gpt-image-1'],
  }),
);

export const size = optional(
  t.String({
    pattern: '^(auto|[1-9][0-9]{1,4}x[1-9][0-9]{1,4})$',
    'x-expects': '"auto" or a size such as "1024x1024"',
    description: 'Multiples of 16, of which the next smaller multiples of 32 are made.',
    examples: ['1024x1024'],
  }),
);

export const seed = optional(
  t.Integer({
    minimum: 0,
    maximum: 2 ** 32 - 1,
    description: 'Ours, not OpenAI’s: the same request with the same seed gives the same file.',
    examples: [7],
  }),
);

/** A file of a form, or where JSON says that one is. */
export const file = t.String({
  description: 'A file of the form; or a URL or data URI.',
  examples: ['https://cdn.example.com/input/source.png'],
});

const param = t.Union([t.String(), t.Null()], {
  description: 'The field that it is about.',
  examples: ['size'],
});

/** Every error below `/v1`. */
export const OpenAiError = t.Object({
  error: t.Object({
    message: t.String({
      description: 'A sentence for people.',
      examples: ['n: must be a whole number from 1 to 10.'],
    }),
    type: t.String({ examples: ['invalid_request_error'] }),
    param,
    code: t.String({ examples: ['invalid_input'] }),
  }),
});

/** How OpenAPI describes an answer that is a file. */
export function fileAnswer(description: string, mimeType: string) {
  return {
    200: { description, content: { [mimeType]: { schema: { type: 'string', format: 'binary' } } } },
  } as const;
}

/** Of each route: its errors. */
export const errors = {
  400: OpenAiError,
  401: OpenAiError,
  402: OpenAiError,
  404: OpenAiError,
  429: OpenAiError,
};
