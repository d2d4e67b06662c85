/** How OpenAPI describes what `readIdempotencyKey` reads. */
export const idempotencyHeaders = ['X-Idempotency-Key', 'Idempotency-Key'].map((name) => ({
  ...{ name, in: 'header' as const },
  description: 'Makes a retry safe: the same key and body get the first response again.',
  schema: { type: 'string' as const, minLength: 1, maxLength: 255 },
}));
