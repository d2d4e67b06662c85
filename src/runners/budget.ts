/** What may be spent: so much a second, and a reserve after a quiet time. */
export interface Budget {
  /** Below zero it is overdrawn. */
  left(): number;
  spend(amount: number): void;
}

/** @param options.reserve what there is at first, and at most */
export function createBudget({ perSecond, reserve }: { perSecond: number; reserve: number }): Budget {
  let left = reserve;
  let countedAt = performance.now();
  const refill = () => {
    const now = performance.now();
    left = Math.min(reserve, left + ((now - countedAt) / 1000) * perSecond);
    countedAt = now;
  };
  return {
    left() {
      refill();
      return left;
    },
    spend(amount) {
      refill();
      left -= amount;
    },
  };
}
