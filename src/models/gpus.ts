import type { Log } from '../log.ts';

/** A card that models may be loaded on. */
export interface Gpu {
  /** What a runner gets as `device`: `cuda:0`, or `cpu` for a pretended one. */
  device: string;
  name: string;
  /** Null where it is declared by hand. */
  uuid: string | null;
  totalBytes: number;
  /** When it was asked; what models hold is in neither figure. */
  freeBytes: number;
}

const query = ['--query-gpu=index,uuid,name,memory.total,memory.free', '--format=csv,noheader,nounits'];
const probeSecondsMax = 10;

/** What the driver said. */
export interface DriverAnswer {
  /** That a runner sees, numbered as it numbers them. */
  gpus: Gpu[];
  /** What is wrong, in the driver's words; null where nothing is. Some cards may answer all the same. */
  problem: string | null;
}

/**
 * Asks nvidia-smi.
 * @param environment the runners': `PATH` tells where it is, `CUDA_VISIBLE_DEVICES` may hide cards
 * @param uuid the one card to ask for, which is then numbered as nvidia-smi does; default: all
 * @returns no GPU where there is no NVIDIA driver, or one that doesn't answer within 10 s
 */
export async function askDriver(
  environment: Readonly<Record<string, string | undefined>>,
  uuid?: string,
): Promise<DriverAnswer> {
  const { PATH = '', CUDA_VISIBLE_DEVICES: visible } = environment;
  const program = Bun.which('nvidia-smi', { PATH });
  if (program === null) return { gpus: [], problem: 'There is no nvidia-smi.' };
  const probe = Bun.spawn([program, ...query, ...(uuid === undefined ? [] : ['-i', uuid])], {
    stdin: 'ignore',
    stderr: 'pipe',
    timeout: probeSecondsMax * 1000,
    killSignal: 'SIGKILL',
  });
  const [answer, complaint, exitCode] = await Promise.all([
    new Response(probe.stdout).text(),
    new Response(probe.stderr).text(),
    probe.exited,
  ]);
  const found = readGpus(answer);
  return {
    gpus: uuid === undefined ? visibleGpus(found, visible) : found,
    problem:
      exitCode === 0 ? null : `${answer}${complaint}`.trim().slice(0, 300) || `It ended with ${exitCode}.`,
  };
}

/** The GPUs that runners see now, see {@link askDriver}. */
export async function probeGpus(
  log: Log,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Gpu[]> {
  if (Bun.which('nvidia-smi', { PATH: environment['PATH'] ?? '' }) === null) return [];
  const { gpus, problem } = await askDriver(environment);
  if (problem !== null)
    log.warn('nvidia-smi found something wrong.', { reason: problem, usable: gpus.length });
  return gpus;
}

const mebibyte = 1024 ** 2;

/** Lines such as `0, GPU-5a2…, NVIDIA GeForce RTX 4090, 24564, 24000`; a card that says `[N/A]` is left out. */
export function readGpus(answer: string): Gpu[] {
  return answer.split('\n').flatMap((line) => {
    const [index = '', uuid = '', ...rest] = line.split(',').map((cell) => cell.trim());
    // A product's name may have a comma; the figures stand at the end.
    const [total = '', free = ''] = rest.splice(-2);
    if (![index, total, free].every((cell) => /^\d+$/.test(cell))) return [];
    const sizes = { totalBytes: Number(total) * mebibyte, freeBytes: Number(free) * mebibyte };
    return [{ device: `cuda:${index}`, name: rest.join(', '), uuid, ...sizes }];
  });
}

/**
 * What `CUDA_VISIBLE_DEVICES` leaves: its numbers or the beginnings of UUIDs, in its order, up to the first that there is
 * not; as the CUDA Programming Guide says. A runner counts them from 0.
 */
export function visibleGpus(gpus: readonly Gpu[], visible: string | undefined): Gpu[] {
  if (visible === undefined) return [...gpus];
  const found = visible
    .split(',')
    .map((wanted) => wanted.trim())
    .map((wanted) => gpus.find(({ device, uuid }) => device === `cuda:${wanted}` || isStartOf(wanted, uuid)));
  const end = found.indexOf(undefined);
  const listed = found.slice(0, end < 0 ? undefined : end).filter((gpu) => gpu !== undefined);
  return listed.map((gpu, place) => ({ ...gpu, device: `cuda:${place}` }));
}

function isStartOf(start: string, uuid: string | null): boolean {
  return start.startsWith('GPU-') && uuid !== null && uuid.startsWith(start);
}

/** The GPUs of the setting `gpu.devices`: `cuda:0=24000000000`, or `cpu=8000000000` to pretend one. */
export function declaredGpus(devices: readonly string[]): Gpu[] {
  return devices.map((text) => {
    const [device = '', bytes] = text.split('=');
    const totalBytes = Number(bytes);
    return { device, name: device, uuid: null, totalBytes, freeBytes: totalBytes };
  });
}
