import type { Log } from '../log.ts';
import type { DriverAnswer, Gpu } from './gpus.ts';

/** Which of the GPUs that were there at the start answer now. One that is added meanwhile counts from the next start. */
export interface GpuPresence {
  /** As they were found at the start. */
  readonly all: readonly Gpu[];
  present(): readonly Gpu[];
  lost(): readonly Gpu[];
  /** What a process that starts now knows a GPU as: cards behind a lost one may be numbered anew. */
  deviceNow(device: string): string;
  /** Asks the driver; a look that is under way is joined. Never throws. */
  look(): Promise<void>;
  /** Calls `listener` when a GPU was lost or is back. */
  onChange(listener: () => void): void;
}

/** A card that did not answer is asked once more after this long: one slow answer must not end its models. */
const confirmMsDefault = 1000;

/** @param options.ask for one card by its UUID, or for all */
export function createGpuPresence(options: {
  gpus: readonly Gpu[];
  ask: (uuid?: string) => Promise<DriverAnswer>;
  log: Log;
  confirmMs?: number;
}): GpuPresence {
  const { gpus, log } = options;
  const listeners: (() => void)[] = [];
  let lost: ReadonlySet<Gpu> = new Set();
  let devices: ReadonlyMap<string, string> = new Map();
  let looking: Promise<void> | null = null;

  const look = async () => {
    const seen = await lookAtAll(options, lost);
    devices = seen.devices;
    const changed = gpus.filter((gpu) => seen.missing.has(gpu) !== lost.has(gpu));
    lost = new Set(seen.missing.keys());
    for (const gpu of changed) {
      const { device, name, uuid } = gpu;
      const reason = seen.missing.get(gpu);
      if (reason === undefined) log.info('a GPU is back', { device, name, uuid });
      else log.error('a GPU is lost', { device, name, uuid, reason });
    }
    if (changed.length > 0) for (const listener of listeners) listener();
  };
  return {
    all: gpus,
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
    present: () => gpus,
    lost: () => [],
    deviceNow: (device) => device,
    look: () => Promise.resolve(),
    onChange: () => undefined,
  };
}

/**
 * @param lost those of which it is known already
 * @returns what is missing, each with the driver's words, and what new processes know the others as
 */
async function lookAtAll(
  { gpus, ask, confirmMs = confirmMsDefault }: Parameters<typeof createGpuPresence>[0],
  lost: ReadonlySet<Gpu>,
): Promise<{ missing: ReadonlyMap<Gpu, string>; devices: ReadonlyMap<string, string> }> {
  const missing = new Map<Gpu, string>();
  const devices = new Map<string, string>();
  // One that was declared by hand, and that the driver did not list, can't be known again.
  const watched = gpus.filter(({ uuid }) => uuid !== null);
  if (watched.length === 0) return { missing, devices };
  const answer = await ask();
  const listedAs = new Map(answer.gpus.map(({ uuid, device }) => [uuid, device]));
  const unlisted = watched.filter(({ uuid }) => !listedAs.has(uuid));
  for (const { uuid, device } of watched) devices.set(device, listedAs.get(uuid) ?? device);
  if (unlisted.some((gpu) => !lost.has(gpu))) await Bun.sleep(confirmMs);
  for (const gpu of unlisted) {
    // By itself: where one card is broken, the driver may list none.
    const own = await ask(gpu.uuid ?? '');
    if (own.gpus.some(({ uuid }) => uuid === gpu.uuid)) continue;
    missing.set(gpu, own.problem ?? answer.problem ?? 'The driver does not list it.');
  }
  return { missing, devices };
}
