import { type DocumentDecoration, t } from 'elysia';

const nullable = <T extends Parameters<typeof t.Nullable>[0]>(schema: T) => t.Union([schema, t.Null()]);
const time = nullable(t.String({ format: 'date-time' }));
const status = t.Union([
  t.Literal('queued'),
  t.Literal('running'),
  t.Literal('succeeded'),
  t.Literal('failed'),
  t.Literal('canceled'),
]);
const priority = t.Union([t.Literal('interactive'), t.Literal('standard'), t.Literal('batch')]);
const engine = t.Union([t.Literal('embedded'), t.Literal('gpu'), t.Literal('ffmpeg')]);
const freeObject = t.Record(t.String(), t.Unknown());

export const SubmitBody = t.Object(
  {
    task: t.String({ maxLength: 100, description: 'One of the nine tasks, e.g. `image.generate`.' }),
    input: t.Record(t.String(), t.Unknown(), {
      description: "The task's input; see each task's own schema.",
    }),
    idempotencyKey: t.Optional(t.String({ description: 'Same as the header `X-Idempotency-Key`.' })),
    priority: t.Optional(priority),
    maxAmountMicros: t.Optional(
      t.Integer({
        minimum: 0,
        description:
          'The most that may be charged, e.g. as quoted; above it the answer is 409 `price_changed`.',
        examples: [20_972],
      }),
    ),
    webhookUrl: t.Optional(
      t.String({
        pattern: '^https?://',
        'x-expects': 'an http(s) URL of at most 2000 characters',
        maxLength: 2000,
        description: 'Is sent the finished job, signed after Standard Webhooks.',
      }),
    ),
  },
  { additionalProperties: false },
);

/** What Elysia lets through: `readRequest` checks it, so that every problem of a submit is told at once. */
export const AnyBody = t.Object({}, { additionalProperties: true });

const price = {
  amountUsd: t.Number({ description: 'What is charged, in dollars.' }),
  amountMicros: t.Integer({ description: 'The same in micro-dollars.' }),
  listUsd: t.Number({ description: 'The list price, before the discount of a draft.' }),
  listMicros: t.Integer(),
  basis: t.Array(t.String(), { description: 'How the list price came about.' }),
};
const balance = { balanceUsd: t.Number(), balanceMicros: t.Integer() };
const adjustments = t.Array(
  t.Object({ field: t.String(), from: t.Unknown(), to: t.Unknown(), reason: t.String() }),
);
const resolved = {
  task: t.String(),
  engine,
  draft: t.Boolean({ description: 'Made without a model, by an embedded engine.' }),
  priority,
  estimate: t.Object({
    durationSeconds: t.Number(),
    startsInSeconds: t.Number(),
    queuePosition: t.Integer({ description: '1 is the next to start.' }),
  }),
  effectiveInput: freeObject,
  inputAdjustments: adjustments,
};

export const SubmittedJobView = t.Object({
  jobId: t.String(),
  id: t.String(),
  status,
  ...resolved,
  billing: t.Object({ ...price, ...balance }),
});

export const QuoteView = t.Object({
  ...resolved,
  expectedOutput: nullable(
    t.Object(
      {
        kind: t.Union([t.Literal('image'), t.Literal('video'), t.Literal('audio')]),
        mimeType: t.String(),
        width: t.Optional(t.Integer()),
        height: t.Optional(t.Integer()),
        durationSeconds: t.Optional(t.Number()),
        frames: t.Optional(t.Integer()),
        hasAudio: t.Optional(t.Boolean()),
      },
      { description: 'What the output will be; null for JSON and meshes.' },
    ),
  ),
  billing: t.Object({
    ...price,
    ...balance,
    isCovered: t.Boolean({ description: 'The balance is enough.' }),
  }),
});

export const OutputView = t.Object({
  url: t.String(),
  filename: t.String(),
  mimeType: t.String(),
  bytes: t.Integer(),
  sha256: t.String(),
  width: t.Optional(t.Integer()),
  height: t.Optional(t.Integer()),
  durationSeconds: t.Optional(t.Number()),
  frames: t.Optional(t.Integer()),
});

export const JobViewModel = t.Object({
  jobId: t.String(),
  id: t.String(),
  task: t.String(),
  status,
  engine,
  draft: t.Boolean(),
  priority,
  progress: t.Object({
    fraction: t.Number({ minimum: 0, maximum: 1 }),
    stage: t.String(),
    step: t.Integer(),
    steps: t.Integer(),
  }),
  queuePosition: nullable(t.Integer()),
  startsInSeconds: nullable(t.Number()),
  createdAt: time,
  startedAt: time,
  finishedAt: time,
  downloadableOutputUrls: t.Array(t.String()),
  outputs: t.Array(OutputView),
  expiresAt: time,
  filesRemovedAt: time,
  billing: t.Object({ ...price, refunded: t.Boolean() }),
  error: t.Optional(t.Object({ code: t.String(), message: t.String() })),
  effectiveInput: t.Optional(freeObject),
  inputAdjustments: t.Optional(adjustments),
  attempts: t.Optional(t.Integer()),
  interruptions: t.Optional(t.Integer({ description: 'How often the appliance died while it ran.' })),
  model: t.Optional(t.String()),
  upstream: t.Optional(t.Unknown()),
});

export const JobListView = t.Object({ jobs: t.Array(JobViewModel), nextCursor: nullable(t.String()) });

const jobId = t.String({ minLength: 1, maxLength: 100 });

export const JobsQuery = t.Object(
  {
    jobId: t.Optional(jobId),
    includeDetails: t.Optional(t.String({ description: '`1` or `true` adds details.' })),
    limit: t.Optional(t.Numeric({ minimum: 1, maximum: 100, multipleOf: 1, default: 20 })),
    cursor: t.Optional(t.String()),
    status: t.Optional(status),
    task: t.Optional(t.String()),
  },
  { additionalProperties: true },
);
export const OneJobQuery = t.Object({ jobId }, { additionalProperties: true });

/** Every error of the API. */
export const ErrorBody = t.Object({
  error: t.String({ description: 'A sentence for people.' }),
  code: t.String({ description: 'snake_case, for programs.' }),
  details: t.Optional(freeObject),
});

/** {@link ErrorBody}, for a description that Elysia doesn't make. */
const errorContent = {
  'application/json': {
    schema: {
      type: 'object' as const,
      required: ['error', 'code'],
      properties: {
        error: { type: 'string' as const },
        code: { type: 'string' as const },
        details: { type: 'object' as const },
      },
    },
  },
};

/** How OpenAPI describes the event stream, whose body Elysia doesn't know. */
export const watchDetail: DocumentDecoration = {
  summary: 'Watch a job as server-sent events; resumes with `Last-Event-ID`',
  parameters: [{ name: 'Last-Event-ID', in: 'header', schema: { type: 'string' } }],
  responses: {
    200: {
      description: 'Events named `state`, each with the whole job as data; the stream ends with the job',
      content: { 'text/event-stream': { schema: { type: 'string' } } },
    },
    404: { description: 'There is no such job among yours', content: errorContent },
    429: {
      description: 'Too many streams are open: poll instead, or come again after `Retry-After` seconds',
      headers: { 'Retry-After': { schema: { type: 'integer' } } },
      content: errorContent,
    },
  },
};
