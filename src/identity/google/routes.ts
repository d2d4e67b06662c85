import { Elysia } from 'elysia';
import type { Idempotency } from '../../idempotency/idempotency.ts';
import { idempotencyHeaders } from '../../idempotency/openapi-headers.ts';
import { writeOnce } from '../../idempotency/run-once.ts';
import { SessionView, viewSession } from '../browser/model.ts';
import { type BrowserSignInParts, signInBrowser } from '../browser/sign-in-browser.ts';
import type { KeyParts } from '../keys.ts';
import { mintKey } from '../mint-key.ts';
import { CreatedKeyView, viewCreatedKey } from '../model.ts';
import { answerNewKey, newKeyRepetition } from '../new-key-answer.ts';
import { nameOfIdentity } from '../sign-in.ts';
import type { GoogleSignIn } from './google-sign-in.ts';
import { GoogleBrowserBody, GoogleKeyBody } from './model.ts';

const keyPath = '/api/v1/auth/google';

/** `/api/v1/auth/google` and `/api/v1/auth/browser/google`: an ID token for a key, or for a browser session. */
export function googleRoutes(
  parts: KeyParts & BrowserSignInParts & { google: GoogleSignIn; idempotency: Idempotency },
) {
  const { google, browser } = parts;
  return new Elysia({ name: 'identity.google', prefix: '/api/v1', normalize: false, tags: ['Sign-in'] })
    .post(
      '/auth/google',
      async ({ request, server, body, set }) => {
        const { keyLabel: label = 'API key', ...proof } = body;
        const identity = await google.prove({ request, server }, proof);
        const once = { accountId: nameOfIdentity(identity), route: keyPath, headers: request.headers, set };
        return writeOnce(parts, { ...once, body: { label } }, () => {
          const minted = mintKey(parts, identity, { label, role: 'user' });
          return answerNewKey(minted, viewCreatedKey(minted));
        });
      },
      {
        body: GoogleKeyBody,
        response: { 201: CreatedKeyView },
        detail: {
          summary: 'Sign in with a Google ID token for a new API key; it is shown once',
          description: newKeyRepetition,
          parameters: idempotencyHeaders,
        },
      },
    )
    .post(
      '/auth/browser/google',
      async ({ request, server, body, set }) => {
        browser.assertOwnPage(request, { untold: 'allow' });
        const identity = await google.prove({ request, server }, body);
        const { account, expiresAt, setCookie } = await signInBrowser(parts, request, identity);
        set.headers['set-cookie'] = setCookie;
        return viewSession({ ...account, accountId: account.id, expiresAt });
      },
      {
        body: GoogleBrowserBody,
        response: { 200: SessionView },
        detail: {
          summary: 'Sign this browser in with a Google ID token',
          description: 'Sets the cookie `killa_tamata_browser_session`, which then stands for an API key.',
        },
      },
    );
}
