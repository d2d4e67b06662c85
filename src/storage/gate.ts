/** Lets a bounded number of pieces of work run at once; the others wait their turn, in order. */
export interface Gate {
  pass<T>(work: () => Promise<T>): Promise<T>;
}

export function createGate(placesMax: number): Gate {
  const waiting: (() => void)[] = [];
  let taken = 0;
  return {
    async pass(work) {
      if (taken < placesMax) taken++;
      else await new Promise<void>((enter) => waiting.push(enter));
      try {
        return await work();
      } finally {
        // A place is handed over, not freed, so that nobody slips in between.
        const next = waiting.shift();
        if (next) next();
        else taken--;
      }
    },
  };
}
