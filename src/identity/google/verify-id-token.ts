import type { JWTPayload, JWTVerifyGetKey } from 'jose';
import type { Clock } from '../../clock.ts';
import type { Settings } from '../../settings/load-settings.ts';
import type { ProvenIdentity } from '../sign-in.ts';
import { provenIdentity } from './proven-identity.ts';
import { describeRefusal } from './refusals.ts';
import { GoogleNotConfigured, GoogleUnavailable, InvalidIdToken } from './sign-in-errors.ts';

export interface IdTokenRequest {
  idToken: string;
  /** What the page asked Google to put into the token; absent: whatever it has there. */
  nonce?: string;
}

/** Proves who somebody is by an ID token of Google's. */
export interface IdTokenVerifier {
  /** @throws InvalidIdToken, GoogleNotConfigured, GoogleUnavailable */
  verify(request: IdTokenRequest): Promise<ProvenIdentity>;
}

/** Google's are about a kilobyte. */
const tokenLengthMax = 8192;
const clockToleranceSeconds = 5;
const fetchMsMax = 5000;

type GoogleSettings = Settings['google'];

/**
 * OpenID Connect Core 3.1.3.7 and Google's "Verify the Google ID token": signature (RS256 by the published keys),
 * issuer, audience, times, nonce, verified e-mail address and Workspace domain.
 * @param options.refetchSeconds keys are fetched again for an unknown one, but not within this time
 */
export function createIdTokenVerifier(options: {
  settings: GoogleSettings;
  clock: Clock;
  refetchSeconds?: number;
}): IdTokenVerifier {
  const { settings, clock, refetchSeconds = 30 } = options;
  let loaded: ReturnType<typeof loadJose> | undefined;
  return {
    async verify({ idToken, nonce }) {
      if (settings.clientIds.length === 0) throw new GoogleNotConfigured();
      if (idToken.length > tokenLengthMax) throw new InvalidIdToken('This is not an ID token.');
      const { jose, keys } = await (loaded ??= loadJose(settings.jwksUrl, refetchSeconds));
      const payload = await jose
        .jwtVerify(idToken, keys, {
          algorithms: ['RS256'],
          issuer: settings.issuers,
          audience: settings.clientIds,
          clockTolerance: clockToleranceSeconds,
          requiredClaims: ['exp', 'iat', 'sub'],
          currentDate: new Date(clock()),
        })
        .then((verified): JWTPayload => verified.payload)
        .catch((error: unknown) => {
          throw error instanceof jose.errors.JOSEError
            ? new InvalidIdToken(describeRefusal(error), error)
            : error;
        });
      if (nonce !== undefined && payload.nonce !== nonce)
        throw new InvalidIdToken('The nonce of the ID token is not the one that was asked for.');
      return provenIdentity(payload, settings.hostedDomain);
    },
  };
}

/** Only when the first token comes: nobody waits for it at a start. */
async function loadJose(jwksUrl: string, refetchSeconds: number) {
  const jose = await import('jose');
  const published = jose.createRemoteJWKSet(new URL(jwksUrl), {
    cooldownDuration: refetchSeconds * 1000,
    timeoutDuration: fetchMsMax,
  });
  const { JWKSNoMatchingKey, JWKSMultipleMatchingKeys } = jose.errors;
  const keys: JWTVerifyGetKey = async (header, token) => {
    try {
      return await published(header, token);
    } catch (error) {
      if (error instanceof JWKSNoMatchingKey || error instanceof JWKSMultipleMatchingKeys) throw error;
      throw new GoogleUnavailable(error);
    }
  };
  return { jose, keys };
}
