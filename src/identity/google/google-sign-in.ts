import type { Clock } from '../../clock.ts';
import { createAttemptLimit } from '../attempt-limit.ts';
import type { ClientAddress, Connection } from '../client-address.ts';
import type { ProvenIdentity } from '../sign-in.ts';
import type { IdTokenRequest, IdTokenVerifier } from './verify-id-token.ts';

/** Attempts of one client in a minute; a whole office may be one client. */
const attemptsPerMinute = 120;

/** What routes that take an ID token need. */
export interface GoogleSignIn {
  /** @throws InvalidIdToken, GoogleNotConfigured, GoogleUnavailable; TooManyRequests for a client that tries too often */
  prove(connection: Connection, request: IdTokenRequest): Promise<ProvenIdentity>;
}

/** @param options.clock a steady one: it measures waits */
export function createGoogleSignIn(options: {
  verifier: IdTokenVerifier;
  clock: Clock;
  clientAddress: ClientAddress;
}): GoogleSignIn {
  const attempts = createAttemptLimit({
    clock: options.clock,
    max: attemptsPerMinute,
    windowSeconds: 60,
    message: 'Too many sign-ins from this address; try again a little later.',
  });
  return {
    async prove(connection, request) {
      attempts.take(options.clientAddress(connection));
      return options.verifier.verify(request);
    },
  };
}
