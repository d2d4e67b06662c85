/** A model's first guess, from its manifest: `seconds + units × secondsPerUnit`. */
export interface EstimateGuess {
  seconds: number;
  secondsPerUnit: number;
}

/** How fast new measurements replace old ones. */
const learningRate = 0.3;
const correctionBounds = { min: 0.01, max: 100 };

/** How long jobs take, corrected by how long they took. */
export interface Estimates {
  seconds(model: string, workloadUnits: number): number;
  learn(model: string, workloadUnits: number, measuredSeconds: number): void;
}

export function createEstimates(guesses: ReadonlyMap<string, EstimateGuess>): Estimates {
  const corrections = new Map<string, number>();
  const guess = (model: string, units: number) => {
    const { seconds, secondsPerUnit } = guesses.get(model) ?? { seconds: 1, secondsPerUnit: 0 };
    return Math.max(0.001, seconds + units * secondsPerUnit);
  };
  return {
    seconds: (model, units) => guess(model, units) * (corrections.get(model) ?? 1),
    learn(model, units, measuredSeconds) {
      const { min, max } = correctionBounds;
      const measured = Math.min(max, Math.max(min, measuredSeconds / guess(model, units)));
      const known = corrections.get(model);
      corrections.set(model, known === undefined ? measured : known + learningRate * (measured - known));
    },
  };
}
