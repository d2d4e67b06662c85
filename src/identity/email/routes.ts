import { Elysia } from 'elysia';
import { isoTime } from '../../clock.ts';
import type { BrowserSignIn } from '../browser/browser-sign-in.ts';
import { SessionView, viewSession } from '../browser/model.ts';
import type { ClientAddress } from '../client-address.ts';
import { addKey, type KeyParts } from '../keys.ts';
import { CreatedKeyView, viewCreatedKey } from '../model.ts';
import type { RequireKey } from '../require-key.ts';
import type { EmailSignIn } from './create-email-sign-in.ts';
import { BrowserVerifyBody, OpenCodesView, StartBody, StartedView, VerifyBody } from './model.ts';
import type { Challenge } from './one-time-code.ts';
import { startSignIn } from './start-sign-in.ts';
import { verifyCode, type VerifyRequest } from './verify-code.ts';

export type EmailRoutesOptions = KeyParts & {
  requireKey: RequireKey;
  email: EmailSignIn;
  clientAddress: ClientAddress;
  browser: BrowserSignIn;
};

/** `/api/v1/auth/email/…`, `/api/v1/auth/browser/email/verify`, and the operator's list of codes to pass on. */
export function emailRoutes(options: EmailRoutesOptions) {
  const { email: parts, requireKey, clientAddress } = options;
  return new Elysia({ name: 'identity.email', prefix: '/api/v1', normalize: false, tags: ['Sign-in'] })
    .post(
      '/auth/email/start',
      async ({ request, server, body, status }) => {
        const email = body.email.toLowerCase();
        return status(202, await startSignIn(parts, { email, client: clientAddress({ request, server }) }));
      },
      {
        body: StartBody,
        response: { 202: StartedView },
        detail: {
          summary: 'Send a one-time code to an e-mail address',
          description:
            'The answer is the same whether or not the address has an account. The code before, if any, is dead.',
        },
      },
    )
    .use(keyRoute(options))
    .use(browserRoute(options))
    .use(requireKey)
    .get('/admin/sign-in-codes', () => ({ codes: parts.operatorCodes.list().map(viewChallenge) }), {
      requireKey: 'admin',
      response: { 200: OpenCodesView },
      detail: {
        tags: ['Admin'],
        summary: 'Sign-in codes to pass on, where no mail server is configured',
        description: 'Those that can be used now. Kept in memory only: a restart empties the list.',
      },
    });
}

function keyRoute({ email: parts, clientAddress, ...keyParts }: EmailRoutesOptions) {
  return new Elysia({ name: 'identity.email.key', normalize: false, tags: ['Sign-in'] }).post(
    '/auth/email/verify',
    async ({ request, server, body, status }) => {
      const { keyLabel: label = 'API key', ...proof } = body;
      const minted = await verifyCode(
        parts,
        readProof(clientAddress({ request, server }), proof),
        (account) => {
          const accountId = account.id;
          const key = { accountId, role: 'user' as const, label };
          return { account, ...addKey(keyParts, key, { accountId, keyId: null }) };
        },
      );
      return status(201, viewCreatedKey(minted));
    },
    {
      body: VerifyBody,
      response: { 201: CreatedKeyView },
      detail: {
        summary: 'Sign in with a one-time code for a new API key; it is shown once',
        description:
          'Opens the account where there is none. A code works once, and is dead after five tries.',
      },
    },
  );
}

function browserRoute({ email: parts, browser, clientAddress }: EmailRoutesOptions) {
  return new Elysia({ name: 'identity.email.browser', normalize: false, tags: ['Sign-in'] }).post(
    '/auth/browser/email/verify',
    async ({ request, server, body, set }) => {
      browser.assertOwnPage(request, { untold: 'allow' });
      const signedIn = await verifyCode(
        parts,
        readProof(clientAddress({ request, server }), body),
        (account, now) => {
          return { account, ...browser.open(request, account, now) };
        },
      );
      const { account, expiresAt, setCookie } = signedIn;
      set.headers['set-cookie'] = setCookie;
      return viewSession({ ...account, accountId: account.id, expiresAt });
    },
    {
      body: BrowserVerifyBody,
      response: { 200: SessionView },
      detail: {
        summary: 'Sign this browser in with a one-time code',
        description: 'Sets the cookie `killa_tamata_browser_session`, which then stands for an API key.',
      },
    },
  );
}

function readProof(client: string, body: Omit<VerifyRequest, 'client'>): VerifyRequest {
  return { ...body, email: body.email.toLowerCase(), client };
}

function viewChallenge({ createdAt, expiresAt, ...rest }: Challenge) {
  return { ...rest, createdAt: isoTime(createdAt), expiresAt: isoTime(expiresAt) };
}
