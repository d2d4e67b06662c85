import { startGoogleIssuer } from '../../src/testing/fakes/google-issuer.ts';
import type { Fake } from './fake.ts';

export const google: Fake = {
  name: 'Google sign-in',
  async start({ port, applianceOrigin }) {
    const { origin, clientId, jwksUrl } = await startGoogleIssuer({ port });
    const body = `"{\\"idToken\\":\\"$(curl -sS '${origin}/token?email=ada@gmail.com')\\"}"`;
    return {
      settings: {
        KT_GOOGLE_CLIENT_IDS: clientId,
        KT_GOOGLE_ISSUERS: origin,
        KT_GOOGLE_JWKS_URL: jwksUrl,
      },
      hints: [
        `${origin}/token?email=ada@gmail.com is an ID token; each address is a user of its own. Other claims: &hd=, &nonce=`,
        `curl -sS ${applianceOrigin}/api/v1/auth/google -H 'Content-Type: application/json' -d ${body}`,
      ],
    };
  },
};
