import { Elysia, t } from 'elysia';
import type { Writer } from '../db/writer.ts';
import { Forbidden, InvalidInput } from '../errors.ts';
import type { Idempotency } from '../idempotency/idempotency.ts';
import { idempotencyHeaders } from '../idempotency/openapi-headers.ts';
import { type AnswerHead, repeatable, writeOnce } from '../idempotency/run-once.ts';
import { assertUnlimited } from './key-limits.ts';
import { addKey, type CreatedKey, type KeyParts, revokeKey } from './keys.ts';
import {
  CreatedKeyView,
  CreateKeyBody,
  KeyView,
  readKeyLimits,
  RevokeKeyBody,
  viewCreatedKey,
  viewKey,
} from './model.ts';
import { mintKey } from './mint-key.ts';
import { answerNewKey, newKeyRepetition } from './new-key-answer.ts';
import type { KeySeeker, RequireKey } from './require-key.ts';
import { nameOfIdentity, type SignInParts } from './sign-in.ts';
import type { Account } from './tables.ts';

const path = '/api/v1/keys';

interface KeyRoutesOptions extends KeyParts {
  requireKey: RequireKey;
  signIn: SignInParts;
  writer: Writer;
  idempotency: Idempotency;
  secretOf: (accountId: string) => string;
}

/** `/api/v1/keys`: list, create, revoke; and the account's webhook secret. */
export function keyRoutes(dependencies: KeyRoutesOptions) {
  return new Elysia({ name: 'identity.routes', prefix: '/api/v1', normalize: false, tags: ['Keys'] })
    .use(dependencies.requireKey)
    .get('/webhooks/signing-secret', ({ caller }) => ({ secret: dependencies.secretOf(caller.accountId) }), {
      requireKey: 'read',
      response: { 200: t.Object({ secret: t.String({ description: '`whsec_…`, see Standard Webhooks.' }) }) },
      detail: { summary: 'The secret that signs the webhooks of your account' },
    })
    .get('/keys', ({ caller }) => ({ keys: dependencies.store.keysOf(caller.accountId).map(viewKey) }), {
      requireKey: 'read',
      response: { 200: t.Object({ keys: t.Array(KeyView) }) },
      detail: { summary: 'List the API keys of your account' },
    })
    .post('/keys', (context) => createOnce(dependencies, context), {
      requireKeyOrIdToken: true,
      body: CreateKeyBody,
      response: { 201: CreatedKeyView },
      detail: {
        summary: 'Create an API key; it is shown once',
        description:
          'For your account, by key or session; or by a Google ID token, without a key, for its account. ' +
          newKeyRepetition,
        parameters: idempotencyHeaders,
      },
    })
    .post(
      '/keys/revoke',
      (context) => {
        const { caller, body } = context;
        assertUnlimited(caller.limits);
        const { accountId, role: callerRole } = caller;
        const revocation = { accountId, callerRole, keyPrefix: body.keyPrefix };
        return writeOnce(dependencies, repeatable(`${path}/revoke`, context), () => ({
          status: 200,
          body: { revoked: viewKey(revokeKey(dependencies, revocation, caller)) },
        }));
      },
      {
        requireKey: 'write',
        body: RevokeKeyBody,
        response: { 200: t.Object({ revoked: KeyView }) },
        detail: {
          summary: 'Revoke an API key by its prefix, from the next request on',
          parameters: idempotencyHeaders,
        },
      },
    );
}

interface Asked {
  seeker: KeySeeker;
  body: typeof CreateKeyBody.static;
  request: Request;
  set: AnswerHead;
}

/** A key for the account of a key, of a session, or of whoever an ID token proves to ask. */
function createOnce(parts: KeyRoutesOptions, { seeker, body, request, set }: Asked) {
  // Another token of the same person is the same request.
  const { idToken: _token, nonce: _nonce, ...wanted } = body;
  const accountId = 'accountId' in seeker ? seeker.accountId : nameOfIdentity(seeker);
  const once = { accountId, route: path, headers: request.headers, body: wanted, set };
  const create = keyMaker(parts, seeker, body);
  return writeOnce(parts, once, () => {
    const created = create();
    return answerNewKey(created, viewCreatedKey(created));
  });
}

/** @returns what makes the key, inside `Writer.write`. @throws InvalidInput, Forbidden */
function keyMaker(
  parts: KeyRoutesOptions,
  seeker: KeySeeker,
  body: Asked['body'],
): () => CreatedKey & { account?: Account | undefined } {
  const { label = 'API key', role = 'user' } = body;
  const limits = readKeyLimits(body);
  if (role === 'admin' && Object.keys(limits).length > 0)
    throw new InvalidInput([{ path: '/role', message: 'must be user for a key with limits' }]);
  if (!('accountId' in seeker)) return () => mintKey(parts, seeker, { label, role, ...limits });
  if (body.idToken !== undefined)
    throw new InvalidInput([
      { path: '/idToken', message: 'is for who has no API key yet: send one of the two' },
    ]);
  assertUnlimited(seeker.limits);
  if (role === 'admin' && seeker.role !== 'admin') throw new Forbidden('Only an admin key makes admin keys.');
  const { accountId } = seeker;
  return () => ({
    ...addKey(parts, { accountId, role, label, ...limits }, seeker),
    account: parts.store.account(accountId),
  });
}
