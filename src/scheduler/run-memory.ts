/** A model's first guess, from its manifest: `runBytes + units × runBytesPerUnit`, on top of what it holds. */
export interface RunMemoryGuess {
  runBytes: number;
  runBytesPerUnit: number;
}

/** A run that took less than was thought corrects the guess this fast; one that took more, at once. */
const learningRate = 0.1;
const correctionBounds = { min: 0.1, max: 10 };
/** How much more than was thought a run is taken to need that found too little. */
const ranOutFactor = 1.25;

/** What runs take of a GPU's memory, corrected by what they took. */
export interface RunMemory {
  /** 0 for a model that needs no GPU. */
  bytes(model: string, workloadUnits: number): number;
  learn(model: string, workloadUnits: number, measuredBytes: number): void;
  /** A run of this size found too little memory. */
  ranOut(model: string): void;
}

export function createRunMemory(guesses: ReadonlyMap<string, RunMemoryGuess>): RunMemory {
  const corrections = new Map<string, number>();
  const guess = (model: string, units: number) => {
    const { runBytes, runBytesPerUnit } = guesses.get(model) ?? { runBytes: 0, runBytesPerUnit: 0 };
    return runBytes + units * runBytesPerUnit;
  };
  const correctionOf = (model: string) => corrections.get(model) ?? 1;
  const correct = (model: string, correction: number) => {
    const { min, max } = correctionBounds;
    corrections.set(model, Math.min(max, Math.max(min, correction)));
  };
  return {
    bytes: (model, units) => Math.ceil(guess(model, units) * correctionOf(model)),
    learn(model, units, measuredBytes) {
      const guessed = guess(model, units);
      if (guessed <= 0 || measuredBytes <= 0) return;
      const known = correctionOf(model);
      const measured = measuredBytes / guessed;
      correct(model, measured > known ? measured : known + learningRate * (measured - known));
    },
    ranOut: (model) => correct(model, correctionOf(model) * ranOutFactor),
  };
}
