/** Memory for bodies that are being received, shared by all requests, so that many large ones can't use it up. */
export interface BodyBudget {
  /** A body begins to arrive. */
  open(): BodyShare;
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
  let taken = 0;
  return {
    open() {
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
    },
  };
}
