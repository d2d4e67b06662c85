import { fitGpu } from '../../src/models/fit-gpu.ts';
import type { Gpu } from '../../src/models/gpus.ts';
import type { GpuModel } from '../../src/models/gpu-model.ts';
import { byteSize } from './byte-size.ts';

/** Whether a GPU here is large enough for one that needs it, in words. */
export function describeFit(model: GpuModel, gpus: readonly Gpu[]): string {
  if (model.engine === 'cpu') return 'runs on the processor';
  const fit = fitGpu(model, gpus);
  if (!fit.fits) {
    const largest =
      gpus.length === 0 ? 'there is none' : `the largest here has ${byteSize(fit.largestBytes)}`;
    return `needs a GPU with ${byteSize(fit.neededBytes)}; ${largest}`;
  }
  const { device, memoryMode } = fit.placement;
  const name = gpus.find((gpu) => gpu.device === device)?.name ?? device;
  const card = name === device ? device : `${name} (${device})`;
  return memoryMode === null ? `fits ${card}` : `fits ${card} in the mode ${memoryMode}`;
}
