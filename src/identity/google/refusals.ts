/** What jose found, by its error codes and the claim that an error names. */
const byClaim: Record<string, string> = {
  aud: 'The ID token is for another application.',
  iss: 'The ID token is not of an issuer that this appliance trusts.',
  nbf: 'The ID token is not valid yet.',
};

const byCode: Record<string, string> = {
  ERR_JWT_EXPIRED: 'The ID token has expired. Sign in with Google again.',
  ERR_JOSE_ALG_NOT_ALLOWED: 'The ID token is not signed with RS256.',
  ERR_JWKS_NO_MATCHING_KEY: 'The ID token is not signed with a key of Google.',
  ERR_JWKS_MULTIPLE_MATCHING_KEYS: 'The ID token does not name the key that it is signed with.',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: "The ID token's signature is wrong.",
};

/** A refusal in words, that tell nothing of what the token or the settings hold. */
export function describeRefusal(error: { code: string; claim?: unknown }): string {
  const claim = typeof error.claim === 'string' ? error.claim : '';
  if (error.code === 'ERR_JWT_CLAIM_VALIDATION_FAILED')
    return byClaim[claim] ?? 'The ID token lacks a claim, or has one of the wrong kind.';
  return byCode[error.code] ?? 'This is not an ID token.';
}
