import { exportJWK, generateKeyPair, type JWTHeaderParameters, SignJWT } from 'jose';

/** An OpenID issuer on loopback that signs what it is asked to, as Google signs for its users. */
export interface GoogleIssuer extends AsyncDisposable {
  /** Its `iss`. */
  origin: string;
  jwksUrl: string;
  clientId: string;
  /** How often the keys were fetched. */
  fetches: number;
  /** What the key address answers instead of the keys; undefined: the keys. */
  answerInstead: (() => Response) | undefined;
  /** An ID token of a user; `claims` are added and win, an undefined one is left out. */
  sign(claims?: Record<string, unknown>, header?: Partial<JWTHeaderParameters>): Promise<string>;
  /** From now on it signs with a new key. @param options.keepOld still publish the old ones */
  rotate(options?: { keepOld?: boolean }): Promise<void>;
  /** The public key that it signs with now. */
  publicKey: CryptoKey;
}

type SigningKey = Awaited<ReturnType<typeof makeKey>>;

const hourSeconds = 3600;

async function makeKey(kid: string) {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' };
  return { kid, privateKey, publicKey, jwk };
}

/** @param options.port a fixed one; default: any that is free. @param options.now epoch milliseconds */
export async function startGoogleIssuer(
  options: { port?: number; now?: () => number; clientId?: string } = {},
): Promise<GoogleIssuer> {
  const { now = Date.now, clientId = 'test-client.apps.googleusercontent.com', port = 0 } = options;
  let current: SigningKey = await makeKey('key-1');
  let published = [current];
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port,
    routes: {
      '/certs': () => {
        issuer.fetches += 1;
        return issuer.answerInstead?.() ?? Response.json({ keys: published.map(({ jwk }) => jwk) });
      },
      '/token': async (request) => new Response(await issuer.sign(claimsOf(request))),
    },
    fetch: () => new Response('GET /certs, or /token?email=ada@gmail.com', { status: 404 }),
  });
  const issuer: GoogleIssuer = {
    origin: server.url.origin,
    jwksUrl: `${server.url.origin}/certs`,
    clientId,
    fetches: 0,
    answerInstead: undefined,
    get publicKey() {
      return current.publicKey;
    },
    sign(claims = {}, header = {}) {
      const seconds = Math.floor(now() / 1000);
      const email = 'ada@gmail.com';
      const user = { sub: '110169484474386276334', email, email_verified: true, name: 'Ada Lovelace' };
      const standard = { iss: issuer.origin, aud: clientId, iat: seconds, exp: seconds + hourSeconds };
      const payload = JSON.parse(JSON.stringify({ ...standard, ...user, ...claims }));
      const protectedHeader = { alg: 'RS256', kid: current.kid, typ: 'JWT', ...header };
      return new SignJWT(payload).setProtectedHeader(protectedHeader).sign(current.privateKey);
    },
    async rotate({ keepOld = false } = {}) {
      current = await makeKey(`key-${Number(current.kid.slice(4)) + 1}`);
      published = keepOld ? [...published, current] : [current];
    },
    [Symbol.asyncDispose]: () => server.stop(true),
  };
  return issuer;
}

/** `/token?email=ada@gmail.com&hd=…&nonce=…`: a token by hand; each address is a user of its own. */
function claimsOf({ url }: Request): Record<string, string> {
  const claims = Object.fromEntries(new URL(url).searchParams);
  const { email } = claims;
  const sub = email && String(Bun.hash.crc32(email)).padStart(21, '1');
  return { ...(sub ? { sub } : {}), ...claims };
}
