import { type GoogleIssuer, startGoogleIssuer } from './fakes/google-issuer.ts';
import { type Answer, fakeModels, startTestAppliance, type TestAppliance } from './test-appliance.ts';

/** An appliance whose users sign in with a Google on loopback. */
export interface SignInAppliance extends AsyncDisposable {
  appliance: TestAppliance;
  google: GoogleIssuer;
  /** Without a key. */
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** @returns what a browser would send as its `Cookie` header from then on */
  signInBrowser(claims?: Record<string, unknown>): Promise<string>;
  /** A request as a page of the appliance's own sends it. */
  withCookie(cookie: string, method: string, path: string, body?: unknown): Promise<Answer>;
}

const modelsFolder = fakeModels();

export async function startSignInAppliance(
  options: { dataFolder?: string; environment?: Record<string, string>; clock?: () => number } = {},
): Promise<SignInAppliance> {
  const { dataFolder, clock, environment } = options;
  const google = await startGoogleIssuer(clock ? { now: clock } : {});
  const appliance = await startTestAppliance({
    modelsFolder,
    ...(dataFolder === undefined ? {} : { dataFolder }),
    environment: {
      KT_GOOGLE_CLIENT_IDS: google.clientId,
      KT_GOOGLE_ISSUERS: google.origin,
      KT_GOOGLE_JWKS_URL: google.jwksUrl,
      ...environment,
    },
    ...(clock ? { clock } : {}),
  });
  const post: SignInAppliance['post'] = (path, body, headers = {}) =>
    appliance.call('POST', path, { key: null, body, headers });
  return {
    appliance,
    google,
    post,
    async signInBrowser(claims = {}) {
      const { headers, body } = await post('/api/v1/auth/browser/google', {
        idToken: await google.sign(claims),
      });
      const [cookie] = headers.get('set-cookie')?.split(';') ?? [];
      if (!cookie) throw new Error(`Not signed in: ${JSON.stringify(body)}`);
      return cookie;
    },
    withCookie: (cookie, method, path, body) =>
      appliance.call(method, path, {
        key: null,
        headers: { cookie, 'sec-fetch-site': 'same-origin' },
        ...(body === undefined ? {} : { body }),
      }),
    async [Symbol.asyncDispose]() {
      await appliance.stop();
      await google[Symbol.asyncDispose]();
    },
  };
}
