import { Elysia } from 'elysia';
import type { Writer } from '../../db/writer.ts';
import { Unauthorized } from '../../errors.ts';
import { hasKey } from '../callers.ts';
import type { BrowserSignIn } from './browser-sign-in.ts';
import { readSessionCookies } from './cookie.ts';
import { SessionView, SignedOutView, SignInOptionsView, viewSession } from './model.ts';
import type { BrowserCallers } from './session-callers.ts';

/** By cookie alone: a key is no session. */
const security = [{ browserSession: [] }];

/** `/api/v1/auth/browser/session`: who is signed in with this browser, and signing out. */
export function browserRoutes(parts: {
  browser: BrowserSignIn;
  sessions: BrowserCallers;
  signInOptions: typeof SignInOptionsView.static;
  writer: Writer;
}) {
  const { browser, sessions, signInOptions, writer } = parts;
  return new Elysia({ name: 'identity.browser', prefix: '/api/v1', normalize: false, tags: ['Sign-in'] })
    .get('/auth/options', () => signInOptions, {
      response: { 200: SignInOptionsView },
      detail: { summary: 'The ways to sign in here, for pages' },
    })
    .get(
      '/auth/browser/session',
      ({ request, set }) => {
        const session = hasKey(request.headers) ? null : sessions.sessionOf(request);
        if (!session) throw notSignedIn();
        set.headers['cache-control'] = 'no-store';
        return viewSession(session);
      },
      { response: { 200: SessionView }, detail: { summary: 'Who is signed in with this browser', security } },
    )
    .delete(
      '/auth/browser/session',
      async ({ request, set }) => {
        // Whoever's session is over already wants to be rid of its cookie all the same.
        const isSignedIn = readSessionCookies(request.headers).length > 0 && !hasKey(request.headers);
        if (!isSignedIn) throw notSignedIn();
        browser.assertOwnPage(request, { untold: 'refuse' });
        set.headers['set-cookie'] = await writer.write(() => browser.end(request));
        return { signedOut: true as const };
      },
      {
        response: { 200: SignedOutView },
        detail: { summary: 'Sign this browser out; its cookie is worth nothing from then on', security },
      },
    );
}

function notSignedIn(): Unauthorized {
  return new Unauthorized('This browser is not signed in.');
}
