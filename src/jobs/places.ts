/** Counts what each account holds of something that there is only so much of. */
export interface Places {
  of(accountId: string): number;
  readonly total: number;
  /** @returns what gives the place back; safe to call twice */
  take(accountId: string): () => void;
}

export function createPlaces(): Places {
  const taken = new Map<string, number>();
  let total = 0;
  return {
    of: (accountId) => taken.get(accountId) ?? 0,
    get total() {
      return total;
    },
    take(accountId) {
      taken.set(accountId, (taken.get(accountId) ?? 0) + 1);
      total++;
      let isHeld = true;
      return () => {
        if (!isHeld) return;
        isHeld = false;
        total--;
        const left = (taken.get(accountId) ?? 1) - 1;
        if (left > 0) taken.set(accountId, left);
        else taken.delete(accountId);
      };
    },
  };
}
