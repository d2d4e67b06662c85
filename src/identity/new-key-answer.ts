import type { CreatedKey } from './keys.ts';

/** How OpenAPI tells what {@link answerNewKey} does. */
export const newKeyRepetition =
  'Repeated under the same idempotency key it makes nothing: 409 `already_created` names the key by its `keyId` and ' +
  '`keyPrefix`, and does not show it again. A key whose answer was lost is revoked by its prefix.';

/**
 * The answer to who made a key, which is shown in it and kept nowhere. Whoever asks again under the same idempotency
 * key is told which one was made: enough to revoke it where the first answer was lost.
 */
export function answerNewKey<Body extends object>({ row }: CreatedKey, body: Body) {
  const { id: keyId, keyPrefix, accountId } = row;
  const error = 'The first request with this idempotency key made the key, which is shown once.';
  const again = { error, code: 'already_created', details: { keyId, keyPrefix, accountId } };
  return { status: 201, body, again: { status: 409, body: again } };
}
