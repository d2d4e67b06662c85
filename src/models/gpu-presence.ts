import type { Log } from '../log.ts';
import type { DriverAnswer, Gpu } from './gpus.ts';

/** Which GPUs there are, and which of them answer now. */
export interface GpuPresence {
  /** Those that were found at the start, and after them those that came since. A lost one stays among them. */
  readonly all: readonly Gpu[];
  /** Whether looking can tell of anything: false where GPUs are declared by hand, or not used at all. */
  readonly isWatched: boolean;
  present(): readonly Gpu[];
  lost(): readonly Gpu[];
  /** What a process that starts now knows a GPU as: a card that went or came may have numbered the others anew. */
  deviceNow(device: string): string;
  /** Asks the driver; a look that is under way is joined. Never throws. */
  look(): Promise<void>;
  /** Calls `listener` when a GPU was lost, is back, or came. */
  onChange(listener: () => void): void;
}

/** A card that did not answer is asked once more after this long: one slow answer must not end its models. */
const confirmMsDefault = 1000;

/**
 * @param options.ask for one card by its UUID, or for all
 * @param options.usable what models may take of a card that came after the start; absent: such a card is not used
 */
export function createGpuPresence(options: {
  gpus: readonly Gpu[];
  ask: (uuid?: string) => Promise<DriverAnswer>;
  usable?: (gpu: Gpu) => Gpu;
  log: Log;
  confirmMs?: number;
}): GpuPresence {
  const { ask, usable, log, confirmMs = confirmMsDefault } = options;
  const isWatched = usable !== undefined || options.gpus.some(({ uuid }) => uuid !== null);
  const listeners: (() => void)[] = [];
  let gpus = options.gpus;
  let lost: ReadonlySet<Gpu> = new Set();
  let devices: ReadonlyMap<string, string> = new Map();
  let looking: Promise<void> | null = null;

  const look = async () => {
    if (!isWatched) return;
    const answer = await ask();
    const added = usable ? newcomers(answer.gpus, gpus).map(usable) : [];
    const all = [...gpus, ...added];
    const missing = await missingOf({ gpus, answer, ask, confirmMs, lost });
    const listedAs = new Map(answer.gpus.map(({ uuid, device }) => [uuid, device]));
    devices = new Map(all.map(({ uuid, device }) => [device, (uuid && listedAs.get(uuid)) || device]));
    const changed = gpus.filter((gpu) => missing.has(gpu) !== lost.has(gpu));
    gpus = all;
    lost = new Set(missing.keys());
    for (const { device, name, uuid } of added) log.info('a GPU came', { device, name, uuid });
    for (const gpu of changed) {
      const { device, name, uuid } = gpu;
      const reason = missing.get(gpu);
      if (reason === undefined) log.info('a GPU is back', { device, name, uuid });
      else log.error('a GPU is lost', { device, name, uuid, reason });
    }
    if (changed.length + added.length > 0) for (const listener of listeners) listener();
  };
  return {
    get all() {
      return gpus;
    },
    isWatched,
    present: () => gpus.filter((gpu) => !lost.has(gpu)),
    lost: () => [...lost],
    deviceNow: (device) => devices.get(device) ?? device,
    look() {
      looking ??= look()
        .catch((error) => log.error('the GPUs could not be looked at', { error }))
        .finally(() => {
          looking = null;
        });
      return looking;
    },
    onChange: (listener) => void listeners.push(listener),
  };
}

/** What an operator is told; null while every GPU answers. */
export function lostGpuProblem(presence: Pick<GpuPresence, 'lost'>): string | null {
  const lost = presence.lost().map(({ device, name }) => (name === device ? device : `${device} (${name})`));
  if (lost.length === 0) return null;
  const is = lost.length === 1 ? 'A GPU is' : 'GPUs are';
  return `${is} lost: ${lost.join(', ')}. Jobs that no other GPU can do wait until it is back; the log says more.`;
}

/** GPUs that are never looked at. */
export function alwaysPresent(gpus: readonly Gpu[]): GpuPresence {
  return {
    all: gpus,
    isWatched: false,
    present: () => gpus,
    lost: () => [],
    deviceNow: (device) => device,
    look: () => Promise.resolve(),
    onChange: () => undefined,
  };
}

/**
 * The listed cards that are not known yet. In our books a card keeps the name that it came by; where another has that,
 * because the driver numbered all of them anew, it gets the next one that is free.
 */
function newcomers(listed: readonly Gpu[], known: readonly Gpu[]): Gpu[] {
  const taken = new Set(known.map(({ device }) => device));
  return listed
    .filter(({ uuid }) => known.every((gpu) => gpu.uuid !== uuid))
    .map((gpu) => {
      let { device } = gpu;
      for (let number = known.length; taken.has(device); number++) device = `cuda:${number}`;
      taken.add(device);
      return { ...gpu, device };
    });
}

/**
 * @param options.lost those of which it is known already
 * @returns what is missing, each with the driver's words
 */
async function missingOf(options: {
  gpus: readonly Gpu[];
  answer: DriverAnswer;
  ask: (uuid?: string) => Promise<DriverAnswer>;
  confirmMs: number;
  lost: ReadonlySet<Gpu>;
}): Promise<ReadonlyMap<Gpu, string>> {
  const { gpus, answer, ask, confirmMs, lost } = options;
  const missing = new Map<Gpu, string>();
  // One that was declared by hand, and that the driver did not list, can't be known again.
  const watched = gpus.filter(({ uuid }) => uuid !== null);
  const unlisted = watched.filter((gpu) => !answer.gpus.some(({ uuid }) => uuid === gpu.uuid));
  if (unlisted.some((gpu) => !lost.has(gpu))) await Bun.sleep(confirmMs);
  for (const gpu of unlisted) {
    // By itself: where one card is broken, the driver may list none.
    const own = await ask(gpu.uuid ?? '');
    if (own.gpus.some(({ uuid }) => uuid === gpu.uuid)) continue;
    missing.set(gpu, own.problem ?? answer.problem ?? 'The driver does not list it.');
  }
  return missing;
}
