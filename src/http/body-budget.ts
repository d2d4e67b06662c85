/**
 * Memory for bodies, shared by all requests, so that many large ones can't use it up. A body holds its share from
 * its first byte to its response: until then its files are in memory too, as text, as JSON or as bytes.
 */
export interface BodyBudget {
  /** A request's body begins to arrive. */
  open(request: Request): BodyShare;
  /** Gives back what a request still holds. Safe to repeat. */
  release(request: Request): void;
}

/** What one body holds of the budget. */
export interface BodyShare {
  readonly bytes: number;
  /** False, and nothing is taken, where the budget has not that much left. */
  take(bytes: number): boolean;
  /** Gives all of it back. Safe to repeat. */
  close(): void;
}

export function createBodyBudget(bytesMax: number): BodyBudget {
  const shares = new WeakMap<Request, BodyShare>();
  let taken = 0;

  const createShare = (): BodyShare => {
    let bytes = 0;
    return {
      get bytes() {
        return bytes;
      },
      take(more) {
        if (taken + more > bytesMax) return false;
        taken += more;
        bytes += more;
        return true;
      },
      close() {
        taken -= bytes;
        bytes = 0;
      },
    };
  };
  return {
    open(request) {
      const share = createShare();
      shares.set(request, share);
      return share;
    },
    release: (request) => shares.get(request)?.close(),
  };
}
