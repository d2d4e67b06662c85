/** The origin under which clients reach this appliance. */
export interface OwnOrigin {
  /** `server.publicUrl` where it is set (its path included, for URLs that are handed out), else the request's own. */
  of(request: Request): string;
  /** Told once the appliance listens: what a request without a usable `Host` gets. */
  listening(origin: string): void;
}

export function createOwnOrigin({ publicUrl }: { publicUrl: string }): OwnOrigin {
  const configured = publicUrl.replace(/\/+$/, '');
  let listeningOrigin = '';
  return {
    of: ({ url }) => configured || (URL.parse(url)?.origin ?? listeningOrigin),
    listening(origin) {
      listeningOrigin = origin;
    },
  };
}
