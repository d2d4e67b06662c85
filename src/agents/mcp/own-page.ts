import { ApplianceError } from '../../errors.ts';

/** 403: a browser sends it from another site's page, or from one whose name was made to lead here. */
export class ForeignOrigin extends ApplianceError {
  constructor() {
    super({ code: 'foreign_origin', status: 403, message: 'MCP is not for pages of other sites.' });
  }
}

/** Names that nobody else can make lead here: addresses, and this machine itself. */
const fixedHosts = /^(localhost|(\d{1,3}\.){3}\d{1,3}|\[[0-9a-f:.]+\])$/;

/**
 * Refuses what a browser sends from elsewhere, as MCP wants of every server, with a key or without. A page whose name
 * was rebound to this machine is of the same origin as the appliance by that name; only where `publicUrl` says which
 * name is ours does a name count.
 * @param own the appliance's origin, as `OwnOrigin.of` tells it of this request
 * @throws ForeignOrigin
 */
export function assertOwnPage(request: Request, own: { origin: string; publicUrl: string }): void {
  const origin = request.headers.get('origin');
  if (origin === null) return;
  const url = URL.parse(own.origin);
  const isSure = own.publicUrl !== '' || fixedHosts.test(url?.hostname ?? '');
  if (!isSure || origin !== url?.origin) throw new ForeignOrigin();
}
