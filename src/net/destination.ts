import { isIP } from 'node:net';
import { judgeAddress, judgeHostName } from './address-rules.ts';
import { GuardedFetchError } from './guarded-fetch-error.ts';

/** Every address of a name, in the order to try them. Injected, so that a test can answer falsely. */
export type ResolveName = (name: string) => Promise<string[]>;

export interface DestinationRules {
  /** Allows 10/8, 172.16/12, 192.168/16, 100.64/10, fc00::/7 and `.local` names. */
  allowPrivateNetworks: boolean;
  /** Exact origins (`http://127.0.0.1:9000`) that are not judged at all. */
  trustedOrigins: readonly string[];
  resolveName: ResolveName;
}

/** Where one hop goes: the URL, and the only addresses a connection for it may be made to. */
export interface Destination {
  url: URL;
  addresses: readonly string[];
}

/**
 * Reads `text` as an outbound URL and settles the addresses it may reach. Every address of the name has to
 * pass, and the caller connects to the answered ones without asking the resolver again: a name that changes
 * its mind between the two finds nobody to tell.
 * @throws GuardedFetchError `bad_url`, `forbidden_address`, `name_not_found`
 */
export async function settleDestination(text: string, rules: DestinationRules): Promise<Destination> {
  const { url, host, trusted } = judgeUrl(text, rules);
  if (isIP(host) !== 0) return { url, addresses: [host] };
  const addresses = await resolve(host, rules.resolveName);
  if (!trusted) for (const address of addresses) assertAllowed(judgeAddress(address), rules);
  return { url, addresses };
}

/**
 * What can be said of a URL without asking a name server.
 * @throws GuardedFetchError `bad_url`, `forbidden_address`
 */
export function judgeUrl(
  text: string,
  rules: Omit<DestinationRules, 'resolveName'>,
): { url: URL; host: string; trusted: boolean } {
  const url = parseOutboundUrl(text);
  const trusted = rules.trustedOrigins.includes(url.origin);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (!trusted) assertAllowed(isIP(host) === 0 ? judgeHostName(host) : judgeAddress(host), rules);
  return { url, host, trusted };
}

function parseOutboundUrl(text: string): URL {
  const url = URL.parse(text);
  if (!url) throw new GuardedFetchError('bad_url', 'The URL is not valid.');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new GuardedFetchError('bad_url', 'Only http and https URLs can be fetched.');
  }
  if (url.username !== '' || url.password !== '') {
    throw new GuardedFetchError('bad_url', 'A URL with a user name or password in it is not fetched.');
  }
  return url;
}

async function resolve(name: string, resolveName: ResolveName): Promise<string[]> {
  const addresses = await resolveName(name).catch((cause: unknown) => {
    throw new GuardedFetchError('name_not_found', "The URL's host name can't be found.", { cause });
  });
  if (addresses.length === 0) {
    throw new GuardedFetchError('name_not_found', "The URL's host name can't be found.");
  }
  return addresses;
}

function assertAllowed(
  verdict: ReturnType<typeof judgeAddress>,
  rules: Pick<DestinationRules, 'allowPrivateNetworks'>,
): void {
  switch (verdict) {
    case 'public':
      return;
    case 'private':
      if (rules.allowPrivateNetworks) return;
      throw new GuardedFetchError(
        'forbidden_address',
        'The URL leads into a private network, which this server does not fetch from.',
      );
    case 'forbidden':
      throw new GuardedFetchError(
        'forbidden_address',
        'The URL leads to an address that this server never fetches from.',
      );
  }
}
