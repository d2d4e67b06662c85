import { ApplianceError } from '../../errors.ts';

/** 403: the page that makes a browser send this is not this appliance's own. */
export class CrossSiteRequest extends ApplianceError {
  constructor() {
    super({
      code: 'cross_site_request',
      status: 403,
      message: 'A signed-in browser may only write from a page of this appliance; elsewhere use an API key.',
    });
  }
}

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Whether a request can change anything (RFC 9110, 9.2.1). */
export function isWrite({ method }: Request): boolean {
  return !safeMethods.has(method);
}

/** Whether a script asks that may be of another origin: for what a person opens, browsers send none. */
export function isByScript({ headers }: Request): boolean {
  return headers.has('origin');
}

/**
 * Against cross-site request forgery, by what browsers tell and pages can't change (OWASP's cheat sheet: Fetch
 * Metadata, else `Origin`).
 * @param options.origin the appliance's own, as `OwnOrigin.of` gives it
 * @param options.untold what holds for a request that tells neither: no browser of today sends such a write
 * @throws CrossSiteRequest
 */
export function assertOwnPage(
  request: Request,
  options: { origin: string; untold: 'allow' | 'refuse' },
): void {
  const origin = request.headers.get('origin');
  const site = request.headers.get('sec-fetch-site');
  // Sandboxed frames and documents from `data:` have it, whoever made them.
  if (origin === 'null') throw new CrossSiteRequest();
  if (site !== null) {
    if (site !== 'same-origin' && site !== 'none') throw new CrossSiteRequest();
  } else if (origin !== null) {
    if (origin !== URL.parse(options.origin)?.origin) throw new CrossSiteRequest();
  } else if (options.untold === 'refuse') {
    throw new CrossSiteRequest();
  }
}
