import { type Clock, hourMs } from '../clock.ts';
import { ApplianceError, Conflict, Malformed } from '../errors.ts';
import type { IdempotencyScope, IdempotencyStore } from './store.ts';

/** How long a response can be replayed. */
export const keptHours = 48;
const keyPattern = /^[\x21-\x7e]{1,255}$/;

/** The right to be the one request that runs under its key. Released in `finally`, whatever happens. */
export interface Claim {
  /** Stores the response, inside the transaction that makes it true. */
  record(response: { status: number; body: object }): void;
  release(): void;
}

/** `Body`: what the route of the key answers with, which alone writes its responses down. */
export type Admission<Body extends object = object> =
  | { kind: 'fresh'; claim: Claim }
  | { kind: 'replay'; status: number; body: Body };

/**
 * The key of a request: `X-Idempotency-Key`, `Idempotency-Key` (bare or as a quoted structured-field string)
 * or the body's `idempotencyKey`. Null when there is none.
 * @throws Malformed a key that can't be one, or two that differ
 */
export function readIdempotencyKey(headers: Headers, bodyKey: string | undefined): string | null {
  const given = [headers.get('x-idempotency-key'), headers.get('idempotency-key'), bodyKey]
    .filter((key) => key !== null && key !== undefined)
    .map((key) => /^"(.*)"$/.exec(key)?.[1] ?? key);
  const [key, ...others] = given;
  if (key === undefined) return null;
  if (others.some((other) => other !== key))
    throw new Malformed('The idempotency keys of header and body differ.', 'bad_idempotency_key');
  if (!keyPattern.test(key)) {
    throw new Malformed('An idempotency key has 1 to 255 visible ASCII characters.', 'bad_idempotency_key');
  }
  return key;
}

/** Tells a retry from another request: the same for the same JSON, whatever the order of its members. */
export function fingerprint(request: object): string {
  const sorted = (_key: string, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  return new Bun.CryptoHasher('sha256').update(JSON.stringify(request, sorted)).digest('hex');
}

/**
 * Runs each key once. Requests under way are known in memory (after a crash nothing of them is left, so a
 * retry starts anew); finished ones are rows written in the same transaction as their effect.
 */
export function createIdempotency(options: { store: IdempotencyStore; clock: Clock }) {
  const { store, clock } = options;
  const underWay = new Set<string>();
  return {
    /**
     * @param bodySha256 tells a retry from another request under the same key
     * @throws Conflict the first request is still running
     * @throws ApplianceError 422 `idempotency_key_reuse`: the key came with another body
     */
    admit<Body extends object>(scope: IdempotencyScope, bodySha256: string): Admission<Body> {
      const existing = store.find(scope);
      if (existing && existing.bodySha256 !== bodySha256) throw new IdempotencyKeyReuse(scope.key);
      if (existing) return { kind: 'replay', status: existing.status, body: JSON.parse(existing.response) };
      const name = JSON.stringify([scope.accountId, scope.route, scope.key]);
      if (underWay.has(name)) {
        throw new Conflict(
          'The first request with this idempotency key is still running.',
          'request_in_progress',
          1,
        );
      }
      underWay.add(name);
      const claim: Claim = {
        record({ status, body }) {
          store.insert({ ...scope, bodySha256, status, response: JSON.stringify(body), createdAt: clock() });
        },
        release() {
          underWay.delete(name);
        },
      };
      return { kind: 'fresh', claim };
    },
    /** Drops what no longer need be replayed. Called inside `Writer.write`. */
    forgetOld(now: number) {
      store.deleteOlderThan(now - keptHours * hourMs);
    },
  };
}
export type Idempotency = ReturnType<typeof createIdempotency>;

/** 422: a client used one key for two different requests. */
export class IdempotencyKeyReuse extends ApplianceError {
  constructor(key: string) {
    super({
      code: 'idempotency_key_reuse',
      status: 422,
      message: `The idempotency key ${key} was used with another body.`,
    });
  }
}
