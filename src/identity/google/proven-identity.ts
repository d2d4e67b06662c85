import type { ProvenIdentity } from '../sign-in.ts';
import { InvalidIdToken } from './sign-in-errors.ts';

const nameLengthMax = 100;

/**
 * Who a token is of whose signature, issuer, audience and times are good.
 * @param hostedDomain the Workspace domain that alone may sign in; empty: all
 * @throws InvalidIdToken
 */
export function provenIdentity(claims: Record<string, unknown>, hostedDomain: string): ProvenIdentity {
  const issuer = text(claims.iss);
  const subject = text(claims.sub);
  const written = text(claims.email);
  // In lower case, the Kelvin sign is a k and İ an i: kate would have a double.
  const isPlain = /^[\x21-\x7e]*$/.test(written);
  const email = isPlain ? written.toLowerCase() : written;
  const domain = text(claims.hd).toLowerCase();
  if (issuer === '' || subject === '' || !/^[^@\s]+@[^@\s]+$/.test(email))
    throw new InvalidIdToken('The ID token has no subject or no e-mail address.');
  if (claims.email_verified !== true)
    throw new InvalidIdToken('Google has not verified the e-mail address of this account.');
  if (hostedDomain !== '' && domain !== hostedDomain.toLowerCase())
    throw new InvalidIdToken('This account is not of the Workspace domain that may sign in here.');
  return {
    issuer: canonicalIssuer(issuer),
    subject,
    email,
    // Google's own rule: for other addresses it knows only that they were theirs once.
    ownsEmail: isPlain && (/@(gmail|googlemail)\.com$/.test(email) || domain !== ''),
    name: text(claims.name).trim().slice(0, nameLengthMax),
  };
}

/** Google writes itself with and without `https://`: it is one issuer all the same. */
function canonicalIssuer(issuer: string): string {
  return issuer.includes('://') ? issuer : `https://${issuer}`;
}

function text(claim: unknown): string {
  return typeof claim === 'string' ? claim : '';
}
