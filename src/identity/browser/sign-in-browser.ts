import type { Clock } from '../../clock.ts';
import type { Writer } from '../../db/writer.ts';
import { type ProvenIdentity, signIn, type SignInParts } from '../sign-in.ts';
import type { Account } from '../tables.ts';
import type { BrowserSignIn, SignedIn } from './browser-sign-in.ts';

/** What a route needs to sign a browser in. */
export interface BrowserSignInParts {
  signIn: SignInParts;
  browser: BrowserSignIn;
  writer: Writer;
  clock: Clock;
}

/**
 * Signs somebody in and opens a session for the browser that sent the request, both or neither.
 * @throws SignUpClosed; Forbidden the account is disabled
 */
export function signInBrowser(
  { signIn: parts, browser, writer, clock }: BrowserSignInParts,
  request: Request,
  identity: ProvenIdentity,
): Promise<SignedIn & { account: Account }> {
  return writer.write(() => {
    const now = clock();
    const account = signIn(parts, identity, now);
    return { account, ...browser.open(request, account, now) };
  });
}
