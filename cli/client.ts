import { platform } from 'node:os';
import { treaty } from '@elysiajs/eden';
import type { App } from '../src/http/app.ts';

export interface Connection {
  /** The appliance's origin, e.g. `http://127.0.0.1:8787`. */
  url: string;
  /** Sent as bearer key; absent: only what needs none is answered. */
  apiKey?: string | undefined;
}

/**
 * Every route of an appliance as a typed call, e.g. `client.api.v1.balance.get()`. The types are those of the server's
 * own routes (Eden treaty), so that no line of this is written or generated: a route that changes breaks what calls
 * it wrongly at the next type check. Only types come from the server; none of its code runs here.
 */
export function createClient({ url, apiKey }: Connection) {
  return treaty<App>(url, {
    headers: { ...authorization(apiKey), 'user-agent': `killatamata (${platform()})` },
    // A key must not follow wherever a redirect leads; and times stay the texts that the types say.
    fetch: { redirect: 'manual' },
    parseDate: false,
  });
}

export type Client = ReturnType<typeof createClient>;

/** The headers of a request that Eden doesn't send. */
export function authorization(apiKey: string | undefined): Record<string, string> {
  return apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
}
