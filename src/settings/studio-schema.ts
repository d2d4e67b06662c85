import { Type } from '@sinclair/typebox';

/** The section `[studio]` of `config/appliance.toml`; see there what each key means. */
export const StudioSettings = Type.Object(
  {
    quotaBytes: Type.Integer({ minimum: 0 }),
    planner: Type.Union([
      Type.Literal('auto'),
      Type.Literal('embedded'),
      Type.Literal('openai'),
      Type.Literal('model'),
    ]),
    openaiUrl: Type.String({
      pattern: '^(https?://[^\\s?#]+)?$',
      'x-expects': 'an http(s) URL such as http://127.0.0.1:11434/v1, or nothing',
    }),
    openaiModel: Type.String(),
    openaiApiKey: Type.String(),
    expiredPlanDays: Type.Number({ exclusiveMinimum: 0, maximum: 36_500 }),
    plannerTimeoutSeconds: Type.Number({ exclusiveMinimum: 0, maximum: 3600 }),
    plannerMaxTokens: Type.Integer({ minimum: 256, maximum: 32_768 }),
  },
  { additionalProperties: false },
);
