import { type Static, Type } from '@sinclair/typebox';
import { accountSections } from './account-schema.ts';
import { StudioSettings } from './studio-schema.ts';

const strict = { additionalProperties: false };
const text = Type.String();
const bytes = Type.Integer({ minimum: 1 });
const positive = Type.Integer({ minimum: 1 });
const seconds = Type.Number({ exclusiveMinimum: 0 });

/** The shape of `config/appliance.toml`. Defaults live there and nowhere else. */
export const ApplianceSettings = Type.Object(
  {
    server: Type.Object(
      {
        host: Type.String({ minLength: 1 }),
        port: Type.Integer({ minimum: 0, maximum: 65535 }),
        publicUrl: Type.String({
          pattern: '^(https?://[^\\s?#]+)?$',
          'x-expects': 'an http(s) URL, or nothing',
        }),
        maxBodyBytes: bytes,
        maxBodyBytesAtOnce: bytes,
      },
      strict,
    ),
    http: Type.Object({ allowedOrigins: Type.Array(text), trustedProxies: Type.Array(text) }, strict),
    engines: Type.Object(
      {
        profile: Type.Union([Type.Literal('auto'), Type.Literal('gpu'), Type.Literal('embedded')]),
        models: Type.Array(
          Type.String({
            pattern: '^[a-z0-9.]+=[a-z0-9-]+$',
            'x-expects': 'a task and a model such as image.generate=qwen-image-lightning',
          }),
        ),
      },
      strict,
    ),
    log: Type.Object(
      {
        level: Type.Union([
          Type.Literal('debug'),
          Type.Literal('info'),
          Type.Literal('warn'),
          Type.Literal('error'),
        ]),
      },
      strict,
    ),
    firstRun: Type.Object({ operatorGrantUsd: Type.Number({ minimum: 0, maximum: 1_000_000 }) }, strict),
    jobs: Type.Object(
      {
        maxAttempts: Type.Integer({ minimum: 1, maximum: 10 }),
        interruptionsMax: Type.Integer({ minimum: 2, maximum: 1000 }),
        queuedPerAccountMax: positive,
        queuedMax: positive,
        streamsPerAccountMax: positive,
      },
      strict,
    ),
    scheduler: Type.Object(
      {
        cpuSlots: Type.Integer({ minimum: 0, maximum: 1024 }),
        agingSeconds: seconds,
        idleSeconds: seconds,
        warmPreference: Type.Number({ minimum: 0, maximum: 1000 }),
        gpuIdleSeconds: Type.Number({ minimum: 0 }),
        gpuReserveBytes: Type.Integer({ minimum: 0 }),
        parkedBytesMax: Type.Integer({ minimum: 0 }),
        pinned: Type.Array(text),
        preload: Type.Array(text),
      },
      strict,
    ),
    gpu: Type.Object(
      {
        devices: Type.Array(
          Type.String({
            pattern: '^(cuda:[0-9]+|cpu)=[1-9][0-9]*$',
            'x-expects': 'a device and its bytes such as cuda:0=24000000000',
          }),
        ),
        environmentsFolder: text,
        lookSeconds: seconds,
      },
      strict,
    ),
    runner: Type.Object({ stallSeconds: seconds, startSeconds: seconds, maxOutputBytes: bytes }, strict),
    inputs: Type.Object(
      {
        maxImageBytes: bytes,
        maxAudioBytes: bytes,
        maxVideoBytes: bytes,
        maxRequestBytes: bytes,
        maxImagePixels: positive,
        maxAudioSeconds: seconds,
        maxVideoSeconds: seconds,
        fetchSeconds: seconds,
        stagingSeconds: seconds,
        allowPrivateNetworks: Type.Boolean(),
        trustedOrigins: Type.Array(
          Type.String({
            pattern: '^https?://[^/\\s]+$',
            'x-expects': 'an origin such as http://127.0.0.1:9000',
          }),
        ),
      },
      strict,
    ),
    storage: Type.Object(
      { promiseHours: seconds, deleteHours: seconds, lowWaterBytes: Type.Integer({ minimum: 0 }) },
      strict,
    ),
    studio: StudioSettings,
    agents: Type.Object({ syncSecondsMax: seconds }, strict),
    rateLimit: Type.Object({ writesPerMinute: positive, readsPerMinute: positive }, strict),
    webhooks: Type.Object({ retryHours: seconds, timeoutSeconds: seconds }, strict),
    shutdown: Type.Object({ graceSeconds: Type.Number({ minimum: 0 }) }, strict),
    ...accountSections,
  },
  strict,
);
export type ApplianceSettings = Static<typeof ApplianceSettings>;

/** The shape of `config/packages.toml`. */
export const PackagesFile = Type.Object(
  {
    package: Type.Array(
      Type.Object(
        {
          code: Type.String({ pattern: '^[a-z0-9-]{1,40}$' }),
          name: text,
          priceUsdCents: positive,
          creditMicros: positive,
        },
        strict,
      ),
    ),
  },
  strict,
);
export type CreditPackage = Static<typeof PackagesFile>['package'][number];
