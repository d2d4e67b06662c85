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

/**
 * The GPUs of this machine, in the order of the PCI bus; none where there is no NVIDIA driver, or one that doesn't
 * answer within 10 s.
 * @param path where the program is looked for: a `PATH`
 */
export async function probeGpus(log: Log, path?: string): Promise<Gpu[]> {
  const program = Bun.which('nvidia-smi', path === undefined ? {} : { PATH: path });
  if (program === null) return [];
  const probe = Bun.spawn([program, ...query], {
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
  if (exitCode === 0) return readGpus(answer);
  const reason = `${answer}${complaint}`.trim().slice(0, 300);
  log.warn('nvidia-smi found no usable GPU.', { exitCode, reason });
  return [];
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

/** The GPUs of the setting `gpu.devices`: `cuda:0=24000000000`, or `cpu=8000000000` to pretend one. */
export function declaredGpus(devices: readonly string[]): Gpu[] {
  return devices.map((text) => {
    const [device = '', bytes] = text.split('=');
    const totalBytes = Number(bytes);
    return { device, name: device, uuid: null, totalBytes, freeBytes: totalBytes };
  });
}
