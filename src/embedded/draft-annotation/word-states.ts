/**
 * A transcript as a chain of states that a recording walks through from left to right, one frame a step:
 * a pause (of any length, also none), the frames of the first spoken word, a pause, the frames of the next …, a pause.
 */
export interface StateChain {
  length: number;
  /** Frame of the spoken words that each state looks like; −1 for a pause. */
  spokenFrame: Int32Array;
  /** Word of each state; for a pause, of the word after it. */
  word: Int32Array;
  /** Costs of coming to a state from itself, the one before it and the one before that; `Infinity`: no way. */
  stayCost: Float32Array;
  stepCost: Float32Array;
  skipCost: Float32Array;
  /** First state of each word; the pause before a word is one earlier. */
  firstState: Int32Array;
}

/** Costs are in units of the mean distance of unrelated frames. */
const wordStayCost = 0.12;
const wordSkipCost = 0.12;
const pauseEntryCost = 0.25;

/**
 * @param wordFrames number of frames of each spoken word, ≥ 1
 * @param order which spoken word stands at each place; the identity, but for a check with another order
 */
export function chainStates(wordFrames: readonly number[], order: readonly number[]): StateChain {
  const starts = [0];
  for (const frames of wordFrames) starts.push((starts.at(-1) ?? 0) + frames);
  const length = (starts.at(-1) ?? 0) + wordFrames.length + 1;
  const chain: StateChain = {
    length,
    spokenFrame: new Int32Array(length).fill(-1),
    word: new Int32Array(length),
    stayCost: new Float32Array(length),
    stepCost: new Float32Array(length),
    skipCost: new Float32Array(length).fill(Infinity),
    firstState: new Int32Array(wordFrames.length),
  };
  let state = 0;
  for (const [place, spokenWord] of order.entries()) {
    addPause(chain, state++, place);
    chain.firstState[place] = state;
    const frames = wordFrames[spokenWord] ?? 1;
    for (let k = 0; k < frames; k++, state++) {
      chain.spokenFrame[state] = (starts[spokenWord] ?? 0) + k;
      chain.word[state] = place;
      chain.stayCost[state] = wordStayCost;
      // Into a word's first frame: by its pause, or past the pause from the word before.
      if (k === 0) chain.skipCost[state] = place === 0 ? Infinity : 0;
      if (k >= 2) chain.skipCost[state] = wordSkipCost;
    }
  }
  addPause(chain, state, order.length);
  return chain;
}

function addPause(chain: StateChain, state: number, place: number): void {
  chain.word[state] = place;
  chain.stepCost[state] = pauseEntryCost;
}
