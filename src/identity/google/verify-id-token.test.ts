import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { exportSPKI, SignJWT, UnsecuredJWT } from 'jose';
import { ApplianceError } from '../../errors.ts';
import { type GoogleIssuer, startGoogleIssuer } from '../../testing/fakes/google-issuer.ts';
import { createIdTokenVerifier, type IdTokenRequest, type IdTokenVerifier } from './verify-id-token.ts';

const now = Date.UTC(2026, 10, 24, 12);
const seconds = now / 1000;

let google: GoogleIssuer;
let verifier: IdTokenVerifier;
beforeAll(async () => {
  google = await startGoogleIssuer({ now: () => now });
});
afterAll(() => google[Symbol.asyncDispose]());
beforeEach(() => {
  google.answerInstead = undefined;
  google.fetches = 0;
  verifier = verifierWith();
});

function verifierWith(
  options: { hostedDomain?: string; clientIds?: string[]; issuers?: string[]; refetchSeconds?: number } = {},
): IdTokenVerifier {
  const { refetchSeconds = 0, ...settings } = options;
  return createIdTokenVerifier({
    settings: {
      clientIds: ['another-client', google.clientId],
      issuers: ['https://issuer.example', google.origin],
      jwksUrl: google.jwksUrl,
      hostedDomain: '',
      ...settings,
    },
    clock: () => now,
    refetchSeconds,
  });
}

/** What a client is told: the error's status, code and words. */
async function refusal(request: IdTokenRequest | string, by = verifier): Promise<[number, string, string]> {
  const error = await by.verify(typeof request === 'string' ? { idToken: request } : request).then(
    (identity) => new Error(`accepted as ${identity.email}`),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ApplianceError)) throw error;
  return [error.status, error.code, error.message];
}

const refused = async (claims: Record<string, unknown>, by = verifier) => {
  const [status, code, message] = await refusal(await google.sign(claims), by);
  expect([status, code]).toEqual([401, 'invalid_id_token']);
  return message;
};

describe('a good token', () => {
  test('proves who somebody is', async () => {
    const idToken = await google.sign({ email: 'Ada.Lovelace@GMail.com' });
    expect(await verifier.verify({ idToken })).toEqual({
      issuer: google.origin,
      subject: '110169484474386276334',
      email: 'ada.lovelace@gmail.com',
      ownsEmail: true,
      name: 'Ada Lovelace',
    });
  });

  test('is taken five seconds before and after its time, and not six', async () => {
    await verifier.verify({ idToken: await google.sign({ exp: seconds - 4 }) });
    await verifier.verify({ idToken: await google.sign({ nbf: seconds + 5 }) });
    expect(await refused({ exp: seconds - 5 })).toContain('expired');
    expect(await refused({ nbf: seconds + 6 })).toContain('not valid yet');
  });

  test.each([
    ['gmail.com', {}, true],
    ['googlemail.com', {}, true],
    ['a Workspace domain', { email: 'ada@analytical.example', hd: 'analytical.example' }, true],
    ['any other address', { email: 'ada@analytical.example' }, false],
    ['a domain that only ends like gmail.com', { email: 'ada@notgmail.com' }, false],
    ['a domain that only begins like gmail.com', { email: 'ada@gmail.com.example' }, false],
  ])('owns its address where Google decides about that: %s', async (domain, claims, ownsEmail) => {
    const email = domain.includes(' ') ? {} : { email: `ada@${domain}` };
    const idToken = await google.sign({ ...email, ...claims });
    expect((await verifier.verify({ idToken })).ownsEmail).toBe(ownsEmail);
  });

  test('is not taken for another by letters that become alike', async () => {
    // The Kelvin sign, which is a k in lower case.
    const idToken = await google.sign({ email: '\u212Aate@gmail.com' });
    const { email, ownsEmail } = await verifier.verify({ idToken });
    expect([email, ownsEmail]).toEqual(['\u212Aate@gmail.com', false]);
  });

  test('is of one issuer, whether it is written with https:// or without', async () => {
    const names = ['https://accounts.google.com', 'accounts.google.com'];
    const both = verifierWith({ issuers: names });
    const identities = names.map(async (iss) => both.verify({ idToken: await google.sign({ iss }) }));
    expect((await Promise.all(identities)).map(({ issuer }) => issuer)).toEqual([
      'https://accounts.google.com',
      'https://accounts.google.com',
    ]);
  });

  test('may carry any nonce where none is asked for, and must carry the one that is', async () => {
    const idToken = await google.sign({ nonce: 'n-1' });
    await verifier.verify({ idToken });
    await verifier.verify({ idToken, nonce: 'n-1' });
    const without = await google.sign();
    for (const request of [
      { idToken, nonce: 'n-2' },
      { idToken: without, nonce: 'n-1' },
    ]) {
      expect(await refusal(request)).toEqual([401, 'invalid_id_token', expect.stringContaining('nonce')]);
    }
  });

  test('is of the configured Workspace domain', async () => {
    const hosted = verifierWith({ hostedDomain: 'Analytical.example' });
    const ours = { email: 'ada@analytical.example', hd: 'analytical.example' };
    expect((await hosted.verify({ idToken: await google.sign(ours) })).email).toBe(ours.email);
    // What counts is who hosts the account, and not how its address ends.
    for (const claims of [{}, { hd: 'other.example' }, { email: ours.email }])
      expect(await refused(claims, hosted)).toContain('Workspace domain');
  });
});

describe('a token is refused', () => {
  test.each([
    ['of another issuer', { iss: 'https://evil.example' }, 'issuer'],
    ['of no issuer', { iss: undefined }, 'issuer'],
    ['for another application', { aud: 'evil.apps.googleusercontent.com' }, 'another application'],
    ['for no application', { aud: undefined }, 'another application'],
    ['that never expires', { exp: undefined }, 'lacks a claim'],
    ['of nobody', { sub: undefined }, 'lacks a claim'],
    ['of an empty subject', { sub: '' }, 'no subject'],
    ['without an address', { email: undefined }, 'no e-mail address'],
    ['whose address is none', { email: 'ada' }, 'no e-mail address'],
    ['whose address is not verified', { email_verified: false }, 'not verified'],
    ['whose address is verified in words', { email_verified: 'true' }, 'not verified'],
    ['that tells nothing of its address', { email_verified: undefined }, 'not verified'],
  ])('%s', async (_name, claims: Record<string, unknown>, reason) => {
    const message = await refused(claims);
    expect(message).toContain(reason);
    // Neither what the token holds nor what would have been accepted.
    for (const secret of [google.clientId, google.origin, 'evil', 'ada@'])
      expect(message).not.toContain(secret);
  });

  test('signed with nothing, or with the public key as if it were a secret', async () => {
    const claims = { email: 'ada@gmail.com', email_verified: true };
    const dress = <T extends UnsecuredJWT | SignJWT>(token: T) =>
      token.setIssuer(google.origin).setAudience(google.clientId).setSubject('1').setIssuedAt(seconds);
    const unsigned = new UnsecuredJWT(claims);
    dress(unsigned).setExpirationTime(seconds + 60);
    const publicKey = new TextEncoder().encode(await exportSPKI(google.publicKey));
    const withPublicKey = new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: 'key-1' });
    dress(withPublicKey).setExpirationTime(seconds + 60);
    expect(await refusal(unsigned.encode())).toEqual([401, 'invalid_id_token', expect.any(String)]);
    const [status, , message] = await refusal(await withPublicKey.sign(publicKey));
    expect([status, message]).toEqual([401, 'The ID token is not signed with RS256.']);
  });

  test('signed by somebody else under a key id of Google', async () => {
    await using evil = await startGoogleIssuer({ now: () => now });
    const [status, , message] = await refusal(await evil.sign({ iss: google.origin }));
    expect([status, message]).toEqual([401, "The ID token's signature is wrong."]);
  });

  test('after any change to it', async () => {
    const good = await google.sign();
    const index = fc.integer({ min: 0, max: good.length - 1 });
    const letter = fc.constantFrom(...'AZaz09-_.='.split(''));
    const change = fc.asyncProperty(index, letter, async (at, to) => {
      fc.pre(good[at] !== to && isMeaningful(good, at));
      expect((await refusal(good.slice(0, at) + to + good.slice(at + 1)))[0]).toBe(401);
    });
    await fc.assert(change, { numRuns: 300 });
  });

  test('when it is anything but a token', async () => {
    for (const text of ['', '.', '..', 'a.b.c', 'null', '{}', `${'a'.repeat(9000)}.b.c`])
      expect((await refusal(text)).slice(0, 2)).toEqual([401, 'invalid_id_token']);
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 60 }), async (text) => {
        expect((await refusal(text)).slice(0, 2)).toEqual([401, 'invalid_id_token']);
      }),
    );
  });

  test('where no client id is configured, it is not looked at', async () => {
    const off = verifierWith({ clientIds: [] });
    expect((await refusal('x', off)).slice(0, 2)).toEqual([503, 'google_not_configured']);
    expect(google.fetches).toBe(0);
  });
});

/** The last letter of base64url has bits that mean nothing. */
function isMeaningful(token: string, at: number): boolean {
  return at !== token.length - 1 && token[at + 1] !== '.';
}

describe("Google's keys", () => {
  test('are fetched once for many tokens, also at the same time', async () => {
    const tokens = await Promise.all(Array.from({ length: 5 }, () => google.sign()));
    await Promise.all(tokens.map((idToken) => verifier.verify({ idToken })));
    await verifier.verify({ idToken: await google.sign() });
    expect(google.fetches).toBe(1);
  });

  test('are fetched again for a new one, and an old one is good as long as it is published', async () => {
    const old = await google.sign();
    await verifier.verify({ idToken: old });
    await google.rotate({ keepOld: true });
    await verifier.verify({ idToken: await google.sign() });
    await verifier.verify({ idToken: old });
    expect(google.fetches).toBe(2);
    await google.rotate();
    await verifier.verify({ idToken: await google.sign() });
    expect((await refusal(old))[2]).toContain('not signed with a key of Google');
  });

  test('are not fetched for every unknown key that somebody makes up', async () => {
    const patient = verifierWith({ refetchSeconds: 30 });
    await patient.verify({ idToken: await google.sign() });
    for (let count = 0; count < 5; count++)
      expect((await refusal(await google.sign({}, { kid: `made-up-${count}` }), patient))[0]).toBe(401);
    expect(google.fetches).toBe(1);
  });

  test.each([
    ['is down', () => new Response('no', { status: 503 })],
    ['sends something else', () => new Response('<html>')],
    ['sends a set that is none', () => Response.json({ keys: 'none' })],
    ['sends us elsewhere', () => Response.redirect('http://127.0.0.1:1/certs')],
  ])('whose address %s are a 503, and the next try may succeed', async (_name, answer) => {
    google.answerInstead = answer;
    const idToken = await google.sign();
    expect((await refusal(idToken)).slice(0, 2)).toEqual([503, 'google_unavailable']);
    google.answerInstead = undefined;
    await verifier.verify({ idToken });
  });

  test('whose address nobody listens at are a 503', async () => {
    const gone = await startGoogleIssuer();
    await gone[Symbol.asyncDispose]();
    const lonely = createIdTokenVerifier({
      settings: { clientIds: ['x'], issuers: ['x'], jwksUrl: gone.jwksUrl, hostedDomain: '' },
      clock: () => now,
    });
    expect((await refusal(await google.sign(), lonely)).slice(0, 2)).toEqual([503, 'google_unavailable']);
  });
});
