import { Elysia } from 'elysia';
import { SessionView, viewSession } from '../browser/model.ts';
import { type BrowserSignInParts, signInBrowser } from '../browser/sign-in-browser.ts';
import type { KeyParts } from '../keys.ts';
import { mintKey } from '../mint-key.ts';
import { CreatedKeyView, viewCreatedKey } from '../model.ts';
import type { GoogleSignIn } from './google-sign-in.ts';
import { GoogleBrowserBody, GoogleKeyBody } from './model.ts';

/** `/api/v1/auth/google` and `/api/v1/auth/browser/google`: an ID token for a key, or for a browser session. */
export function googleRoutes(parts: KeyParts & BrowserSignInParts & { google: GoogleSignIn }) {
  const { google, browser } = parts;
  return new Elysia({ name: 'identity.google', prefix: '/api/v1', normalize: false, tags: ['Sign-in'] })
    .post(
      '/auth/google',
      async ({ request, server, body, status }) => {
        const { keyLabel: label = 'API key', ...proof } = body;
        const identity = await google.prove({ request, server }, proof);
        return status(201, viewCreatedKey(await mintKey(parts, identity, { label, role: 'user' })));
      },
      {
        body: GoogleKeyBody,
        response: { 201: CreatedKeyView },
        detail: { summary: 'Sign in with a Google ID token for a new API key; it is shown once' },
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
