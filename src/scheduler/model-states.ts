import type { Clock } from '../clock.ts';
import type { RunnerState } from '../runners/runner-state.ts';
import type { Runners } from '../runners/runners.ts';
import type { GpuResidence, ModelState } from './model.ts';

/** A start that was never measured is expected to take this long, and for each byte of weights more. */
const startSecondsGuess = 0.5;
const loadSecondsPerByte = 1 / 2e9;
/** The same from the host's memory, and back. */
const copySecondsPerByte = 1 / 10e9;
/** Between two uses of a model that was never used. */
const usedEverySecondsGuess = 300;
/** How fast new measurements of it replace old ones. */
const learningRate = 0.2;

/** How much more a model is taken to need whose load found too little memory. */
const ranOutFactor = 1.1;

/** What a model is expected to take of a GPU, until it tells. */
export interface GpuGuess extends Pick<
  GpuResidence,
  'heldBytes' | 'hostBytes' | 'isPinned' | 'isPreloaded'
> {}

/** The runners as the policy sees them, kept up to date by their own reports. */
export interface ModelStates {
  all(): ReadonlyMap<string, ModelState>;
  /** A load onto this GPU is about to begin. */
  goesTo(model: string, device: string): void;
  /** A run of this model ended now: its idle time starts anew. */
  used(model: string): void;
  /** GPUs came or went: models that are on none are expected to take this from now on. */
  guessAgain(guesses: ReadonlyMap<string, GpuGuess>): void;
}

interface Watched {
  state: ModelState;
  /** When the change that is under way began. */
  changingSince: number;
  wasUsedAt: number | null;
}

/**
 * @param gpuGuesses of the models that run on GPUs
 * @param onChange called after every change of any runner
 */
export function watchModels(options: {
  runners: Runners;
  gpuGuesses: ReadonlyMap<string, GpuGuess>;
  clock: Clock;
  onChange: () => void;
}): ModelStates {
  const { runners, gpuGuesses, clock, onChange } = options;
  const watched = new Map<string, Watched>();
  const states = new Map<string, ModelState>();
  let guessed = gpuGuesses;
  for (const runner of runners.all) {
    const { name } = runner.manifest;
    const state = firstState(gpuGuesses.get(name), clock());
    const one: Watched = { state, changingSince: 0, wasUsedAt: null };
    runner.onChange((now) => {
      follow(one, now, clock());
      onChange();
    });
    watched.set(name, one);
    states.set(name, state);
  }
  return {
    all: () => states,
    goesTo(model, device) {
      const gpu = states.get(model)?.gpu;
      if (gpu) gpu.device = device;
    },
    used(model) {
      const one = watched.get(model);
      if (one) noteUse(one, clock());
    },
    guessAgain(guesses) {
      for (const [model, { gpu }] of states) {
        const guess = guesses.get(model);
        if (!gpu || !guess) continue;
        gpu.isPreloaded = guess.isPreloaded;
        // What was measured stays, where it is of the same memory mode.
        const isOther = guess.heldBytes !== guessed.get(model)?.heldBytes;
        if (gpu.device === null && isOther) gpu.heldBytes = guess.heldBytes;
      }
      guessed = guesses;
    },
  };
}

function firstState(guess: GpuGuess | undefined, now: number): ModelState {
  const { heldBytes = 0, hostBytes = 0 } = guess ?? {};
  const copySeconds = Math.max(heldBytes, hostBytes) * copySecondsPerByte;
  const startSeconds = startSecondsGuess + heldBytes * loadSecondsPerByte;
  const state: ModelState = { state: 'stopped', retryAt: 0, concurrency: 1, lastUsedAt: now, startSeconds };
  if (!guess) return state;
  const times = {
    wakeSeconds: copySeconds,
    parkSeconds: copySeconds,
    usedEverySeconds: usedEverySecondsGuess,
  };
  return { ...state, gpu: { ...guess, ...times, device: null, readySince: now, cameInSeconds: 0 } };
}

function follow(watched: Watched, now: RunnerState, time: number): void {
  const { state } = watched;
  const before = state.state;
  const seconds = (time - watched.changingSince) / 1000;
  if (now.name === 'starting' || now.name === 'parking' || now.name === 'waking')
    watched.changingSince = time;
  if (now.name === 'ready' && before === 'starting') state.startSeconds = seconds;
  if (now.name === 'ready' && (before === 'starting' || before === 'waking')) state.lastUsedAt = time;
  if (now.name === 'ready') state.concurrency = now.concurrency;
  if (now.name === 'backoff') state.retryAt = now.retryAt;
  if (state.gpu) followOnGpu(state.gpu, { before, now, time, seconds });
  state.state = now.name;
}

/** @param change.seconds what the change took, at whose end this is */
function followOnGpu(
  gpu: GpuResidence,
  change: { before: ModelState['state']; now: RunnerState; time: number; seconds: number },
): void {
  const { before, now, time, seconds } = change;
  if (now.name === 'ready' && (before === 'starting' || before === 'waking')) {
    // A GPU that is only pretended tells nothing.
    gpu.heldBytes = now.residency.vramBytes || gpu.heldBytes;
    gpu.readySince = time;
    gpu.cameInSeconds = seconds;
    if (before === 'waking') gpu.wakeSeconds = seconds;
  }
  if (now.name === 'parked' && before === 'parking') {
    gpu.parkSeconds = seconds;
    gpu.hostBytes = now.residency.hostBytes || gpu.hostBytes;
  }
  // More was needed than is known: next time others make more room for it.
  const ranOut = now.name === 'backoff' && before === 'starting' && now.failure.kind === 'out_of_memory';
  if (ranOut) gpu.heldBytes = Math.ceil(gpu.heldBytes * ranOutFactor);
  const isGone = now.name === 'stopped' || now.name === 'backoff';
  if (isGone || (now.name === 'stopping' && before === 'parked')) gpu.device = null;
}

function noteUse(watched: Watched, time: number): void {
  const { state, wasUsedAt } = watched;
  if (state.gpu && wasUsedAt !== null) {
    const gapSeconds = (time - wasUsedAt) / 1000;
    state.gpu.usedEverySeconds += learningRate * (gapSeconds - state.gpu.usedEverySeconds);
  }
  watched.wasUsedAt = time;
  state.lastUsedAt = time;
}
