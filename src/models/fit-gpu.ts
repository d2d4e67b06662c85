import type { Gpu } from './gpus.ts';
import type { GpuModel } from './gpu-model.ts';

export interface Placement {
  device: string;
  /** Null: loaded whole. */
  memoryMode: string | null;
  /** Held while the model is loaded. */
  vramBytes: number;
}

/** Where a model fits, or what is missing for it. */
export type Fit =
  | { fits: true; placement: Placement }
  | { fits: false; neededBytes: number; largestBytes: number };

/**
 * The GPU for a model: one that holds it whole if there is any, else its first memory mode that a card has room for.
 * What counts is a card's total memory, as other models make room; a job's own need is reckoned at its smallest.
 */
export function fitGpu(model: GpuModel, gpus: readonly Gpu[]): Fit {
  const largest = gpus.toSorted((one, other) => other.totalBytes - one.totalBytes)[0];
  const largestBytes = largest?.totalBytes ?? 0;
  const runBytes = model.memory?.runBytes ?? 0;
  const ways = [{ name: null, vramBytes: model.vramBytes }, ...(model.memory?.modes ?? [])];
  const way = ways.find(({ vramBytes }) => vramBytes + runBytes <= largestBytes);
  if (way && largest) {
    const placement = { device: largest.device, memoryMode: way.name, vramBytes: way.vramBytes };
    return { fits: true, placement };
  }
  const neededBytes = Math.min(...ways.map(({ vramBytes }) => vramBytes + runBytes));
  return { fits: false, neededBytes, largestBytes };
}
