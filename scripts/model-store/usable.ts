import { fitGpu } from '../../src/models/fit-gpu.ts';
import { declaredGpus, type Gpu, probeGpus } from '../../src/models/gpus.ts';
import type { GpuModel } from '../../src/models/gpu-model.ts';
import { silentLog } from '../../src/log.ts';
import { byteSize } from './byte-size.ts';
import type { Store } from './store.ts';

/** The GPUs that the appliance would use. */
export async function findGpus({ gpuDevices, environment }: Store): Promise<Gpu[]> {
  return gpuDevices.length > 0 ? declaredGpus(gpuDevices) : probeGpus(silentLog, environment);
}

/** Whether a GPU here is large enough, in words. */
export function describeFit(model: GpuModel, gpus: readonly Gpu[]): string {
  const fit = fitGpu(model, gpus);
  if (!fit.fits) {
    const largest =
      gpus.length === 0 ? 'there is none' : `the largest here has ${byteSize(fit.largestBytes)}`;
    return `needs a GPU with ${byteSize(fit.neededBytes)}; ${largest}`;
  }
  const { device, memoryMode } = fit.placement;
  const name = gpus.find((gpu) => gpu.device === device)?.name ?? device;
  return memoryMode === null
    ? `fits ${name} (${device})`
    : `fits ${name} (${device}) in the mode ${memoryMode}`;
}
