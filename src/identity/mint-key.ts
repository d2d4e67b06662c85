import { Forbidden } from '../errors.ts';
import { addKey, type CreatedKey, type KeyParts, type NewKey } from './keys.ts';
import { type ProvenIdentity, signIn, type SignInParts } from './sign-in.ts';
import type { Account } from './tables.ts';

/** A key for who had none, with the account that they were signed in to. */
export interface MintedKey extends CreatedKey {
  account: Account;
}

/**
 * Signs somebody in and makes a key for them. Called inside `Writer.write`: both or neither.
 * @throws SignUpClosed; Forbidden the account is disabled, or an admin key is wanted for no admin's account
 * @throws Conflict the account has as many keys as it may
 */
export function mintKey(
  parts: KeyParts & { signIn: SignInParts },
  identity: ProvenIdentity,
  key: Omit<NewKey, 'accountId'>,
): MintedKey {
  const account = signIn(parts.signIn, identity, parts.clock());
  if (key.role === 'admin' && account.role !== 'admin')
    throw new Forbidden('Only an admin makes admin keys.');
  const accountId = account.id;
  return { account, ...addKey(parts, { ...key, accountId }, { accountId, keyId: null }) };
}
